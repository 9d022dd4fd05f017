//! The headwater binary: arguments, settings, wiring. The composition root: the only crate that sees all others.
//!
//! *Invariants:* a key is never printed and never reaches a record; a project's own file never leads to another server
//! or to a key; what fails is told in one sentence with a next step.

mod ago;
mod args;
mod commands;
mod contracts;
mod demo;
#[cfg(test)]
mod docs;
mod ephemeral;
mod first_start;
mod forks;
mod front_matter;
mod hooks;
mod kept;
mod keys;
mod mcp;
mod missions;
mod output;
mod output_policy;
mod paths;
mod premises;
mod rule_consents;
mod rules;
mod runtime;
mod session;
mod settings;
mod skills;
mod styles;
mod subagents;
mod telemetry;
mod transcript_text;
mod trust;
mod user_commands;
mod user_error;
mod vendors;
mod waiting;
mod withheld_files;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::args::Arguments;

/// Reads the command line and runs what it asks for.
pub fn main() -> ExitCode {
    headwater_sandbox::hide_own_environment();
    if is_version_wanted() {
        return ended(
            output::print(concat!("headwater ", env!("CARGO_PKG_VERSION"), "\n"))
                .map(|()| 0)
                .map_err(Into::into),
        );
    }
    match Arguments::try_parse() {
        Ok(arguments) => ended(commands::run(arguments)),
        Err(error) => usage(&error),
    }
}

/// The fast path: scripts and shells ask for the version often, and it needs no parser.
fn is_version_wanted() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    arguments.next().is_none() && first.is_some_and(|first| first == "--version" || first == "-V")
}

fn ended(outcome: anyhow::Result<u8>) -> ExitCode {
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let (text, code) = user_error::describe(&error);
            output::note(output::without_controls(&text).trim_end());
            ExitCode::from(code)
        }
    }
}

/// Help goes to standard output and is no error; anything else is one of usage, in the parser's words.
fn usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Where the reader of the message has left there is nobody to tell.
    error.print().ok();
    ExitCode::from(if is_help { 0 } else { 2 })
}
