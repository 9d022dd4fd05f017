//! `headwater acp`: the front end for editors. It speaks the Agent Client Protocol (<https://agentclientprotocol.com>),
//! version 1, on its standard streams; nothing else is written to standard output.

mod asks;
mod capabilities;
mod connection;
mod errors;
mod methods;
mod prompt_text;
mod servers;
mod session;
mod sessions;
mod updates;
mod wire;

use anyhow::Result;
use clap::Args;

use crate::args::Globals;
use crate::runtime;
use crate::session::Confiner;

/// Threads for all sessions: the work is done by models and commands.
const THREADS: usize = 2;

/// An editor says everything else.
#[derive(Debug, Args)]
pub(crate) struct AcpArguments {}

pub(super) fn run(_own: &AcpArguments, globals: &Globals) -> Result<u8> {
    let probe = Confiner::begin().found()?;
    let runtime = runtime::for_many(THREADS)?;
    let code = runtime.block_on(connection::serve(globals, probe));
    // The logs are written and closed; nothing else in the background is worth waiting for.
    runtime.shutdown_background();
    code
}
