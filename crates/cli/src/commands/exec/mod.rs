//! `headwater exec`: work without a screen. The answer goes to standard output, progress to standard error.

mod answer_file;
mod drive;
mod json_lines;
mod output_schema;
mod progress;
mod prompt;
mod run;
mod telling;

use std::path::PathBuf;

use clap::Args;

pub(super) use self::drive::{Sight, drive, follow};
pub(super) use self::run::{find, run};
pub(super) use self::telling::Telling;
use crate::forks::ForkArguments;
use crate::missions::MissionArguments;

/// What to do and how to tell.
#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// What to do; `-`, or no prompt at all, reads standard input.
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,
    /// Carry on this session: its id, or the beginning of it.
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    #[command(flatten)]
    forks: ForkArguments,
    #[command(flatten)]
    missions: MissionArguments,
    /// The final answer must be JSON of this JSON Schema; it is sent back twice, then the run ends with code 4.
    #[arg(long, value_name = "FILE")]
    output_schema: Option<PathBuf>,
    /// Where a call asks for a person: leave it waiting and end with code 3, instead of refusing it. `headwater resume ID`
    /// goes on from there, also in another process and on another day.
    #[arg(long = "wait-approval")]
    is_waiting: bool,
    /// Leave nothing behind: no session to list, to show or to carry on.
    #[arg(long = "ephemeral", conflicts_with_all = ["resume", "is_waiting"])]
    is_ephemeral: bool,
    #[command(flatten)]
    telling: Telling,
}
