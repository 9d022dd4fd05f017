//! `/diff`: shows what changed in the workspace since the last commit.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "diff", arguments: "", summary: "what changed in the workspace", run };

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::MakeDiff]
}
