//! `/fork`: another session that begins as this one, and opens at once.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "fork", arguments: "", summary: "go on in a copy of this session", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    if app.has_to_rest("fork") { Vec::new() } else { vec![Effect::Send(Op::Fork { at: None })] }
}
