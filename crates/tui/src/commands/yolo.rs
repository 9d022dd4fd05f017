//! `/yolo`: changes to Yolo mode.

use headwater_protocol::ModeId;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "yolo", arguments: "", summary: "all tools; asks only before catastrophes", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.set_mode(ModeId::Yolo)
}
