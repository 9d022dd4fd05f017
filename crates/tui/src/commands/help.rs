//! `/help`: shows keys and commands.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "help", arguments: "", summary: "keys and commands", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.open_help();
    Vec::new()
}
