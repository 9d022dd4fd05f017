//! `/redo`: takes the last rewind back.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "redo", arguments: "", summary: "take the last rewind back", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    if app.has_to_rest("take a rewind back") { Vec::new() } else { vec![Effect::Send(Op::Redo)] }
}
