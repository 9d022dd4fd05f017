//! The command line, exactly as the public contract has it.

mod globals;
mod prompt;

pub(crate) use globals::{Globals, ModeChoice};
pub(crate) use prompt::{check_for_typo, joined};

use clap::{Args, Parser};

use crate::commands::Command;

/// A coding agent for the terminal.
#[derive(Debug, Parser)]
#[command(
    name = "headwater",
    version,
    about = "A coding agent for the terminal.",
    long_about = "A coding agent for the terminal.\n\nWithout a command the screen opens in the current directory; a PROMPT is \
                  submitted at once.",
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = false,
    subcommand_negates_reqs = true
)]
pub(crate) struct Arguments {
    /// What to do; without a command, the screen opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The screen's own arguments.
    #[command(flatten)]
    pub screen: ScreenArguments,
    /// What every command takes.
    #[command(flatten)]
    pub globals: Globals,
}

/// The arguments of the screen.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScreenArguments {
    /// A message to submit at once.
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
    /// Carry on the newest session of this directory.
    #[arg(long = "continue")]
    pub is_continued: bool,
    /// Leave nothing behind: no session to list, to show or to carry on, and no history of what was typed.
    #[arg(long = "ephemeral", conflicts_with = "is_continued")]
    pub is_ephemeral: bool,
}
