//! `headwater completions SHELL`.

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::output;

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell to complete in.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(own: &CompletionsArguments) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(own.shell, &mut Arguments::command(), "headwater", &mut script);
    output::print(&String::from_utf8(script)?)?;
    Ok(0)
}
