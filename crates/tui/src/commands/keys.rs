//! `/keys`: shows all keys.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command { name: "keys", arguments: "", summary: "all keys", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.open_help();
    Vec::new()
}
