//! `headwater doctor [--json]`: what is found, tried rather than believed. To add a check: a file here and a line in
//! [`examine`].

mod finding;
mod hooks;
mod interpreter;
mod keys;
mod mcp;
mod places;
mod programs;
mod sandbox;
mod servers;
mod sessions;
mod settings;
mod terminal;
mod traces;
mod withheld;

use anyhow::Result;
use clap::Args;

use self::finding::{Section, as_json, as_text, has_problem};
use crate::args::Globals;
use crate::output;
use crate::paths::Paths;
use crate::premises::{Premises, workspace};
use crate::runtime;
use crate::settings::Layered;

/// How to tell.
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// As one JSON object.
    #[arg(long = "json")]
    is_json: bool,
}

pub(super) fn run(own: &DoctorArguments, globals: &Globals) -> Result<u8> {
    let runtime = runtime::single_threaded()?;
    let sections = runtime.block_on(examine(globals))?;
    runtime.shutdown_background();
    output::print(&if own.is_json { as_json(&sections)? } else { as_text(&sections) })?;
    Ok(u8::from(has_problem(&sections)))
}

/// All checks, in the order in which they are told. Settings that cannot be read are a finding; the other checks then
/// go on with the defaults.
async fn examine(globals: &Globals) -> Result<Vec<Section>> {
    let found = Premises::find(globals);
    let settings = settings::check(found.as_ref());
    let premises = match found {
        Ok(premises) => premises,
        Err(_) => Premises {
            paths: Paths::find()?,
            workspace: workspace(globals)?,
            layered: Layered::default(),
            is_trusted: false,
            untrusted: None,
            ephemeral: None,
        },
    };
    Ok(vec![
        places::check(&premises),
        settings,
        keys::check(&premises)?,
        servers::check(&premises).await?,
        sandbox::check(&premises).await,
        withheld::check(&premises).await,
        hooks::check(&premises),
        mcp::check(&premises),
        interpreter::check().await,
        terminal::check(),
        programs::check(),
        sessions::check(&premises),
        traces::check(&premises).await,
    ])
}
