//! `/plan`: changes to Plan mode.

use headwater_protocol::ModeId;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "plan", arguments: "", summary: "read-only: investigate and hand over a plan", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.set_mode(ModeId::Plan)
}
