//! The commands of `cargo xtask`: one file a command, and a line in the list.

mod shots;
mod tidy;

use crate::Repository;
use std::io::Write;
use std::process::ExitCode;

/// Every command, in the order in which the overview shows them.
pub const COMMANDS: &[Command] = &[tidy::COMMAND, shots::COMMAND];

/// One command.
pub struct Command {
    /// What is typed after `cargo xtask`.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Does it, with the arguments behind its name; what it says goes to the writer.
    pub run: fn(&Repository, &[String], &mut dyn Write) -> anyhow::Result<ExitCode>,
}

/// The command with this name.
pub fn by_name(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

/// The list of commands, as a person reads it.
pub fn overview() -> String {
    let lines: Vec<String> =
        COMMANDS.iter().map(|Command { name, summary, .. }| format!("  {name:<10}{summary}")).collect();
    format!("cargo xtask COMMAND\n\n{}", lines.join("\n"))
}
