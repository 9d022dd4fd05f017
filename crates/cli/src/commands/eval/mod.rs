//! `headwater eval`: a suite of tasks, run and scored against any model; two runs, compared.

mod artifacts;
mod cases;
mod diff;
mod figures;
mod report;
mod run;
mod sets;
mod suite;
mod table;
mod trials;
mod verifiers;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::args::Globals;

/// What to do with suites.
#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    #[command(subcommand)]
    command: EvalCommand,
}

#[derive(Debug, Subcommand)]
enum EvalCommand {
    /// Run a suite and score it; ends with 0 when every trial passed, otherwise with 1.
    Run(run::RunArguments),
    /// Compare two runs; ends with 1 when something is worse or missing in the second.
    Diff(diff::DiffArguments),
}

pub(super) fn run(own: &EvalArguments, globals: &Globals) -> Result<u8> {
    match &own.command {
        EvalCommand::Run(own) => run::run(own, globals),
        EvalCommand::Diff(own) => diff::run(own),
    }
}
