//! `/tree`: shows the tree of a mission's calls, and the sub-agents.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "tree", arguments: "", summary: "a mission's calls, and the sub-agents", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.open_tree();
    Vec::new()
}
