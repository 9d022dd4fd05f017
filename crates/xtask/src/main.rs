//! `cargo xtask COMMAND`: the entry to the house's own commands.

use headwater_xtask::{Repository, commands};
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    let Some((name, rest)) = arguments.split_first() else {
        writeln!(out, "{}", commands::overview())?;
        return Ok(ExitCode::from(2));
    };
    let Some(command) = commands::by_name(name) else {
        writeln!(out, "no command is named {name}\n\n{}", commands::overview())?;
        return Ok(ExitCode::from(2));
    };
    let repository = Repository::open()?;
    (command.run)(&repository, rest, &mut out)
}
