//! `/agent`: changes to Agent mode.

use headwater_protocol::ModeId;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "agent", arguments: "", summary: "all tools; asks where it matters", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.set_mode(ModeId::Agent)
}
