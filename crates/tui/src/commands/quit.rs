//! `/quit`: ends the program.

use super::Command;
use crate::app::{App, Effect};
use crate::setup::Exit;

pub(super) const COMMAND: Command = Command { name: "quit", arguments: "", summary: "quit", run };

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Exit(Exit::Quit)]
}
