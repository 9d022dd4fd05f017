//! `/new`: ends this session and begins a new one.

use super::Command;
use crate::app::{App, Effect};
use crate::setup::Exit;

pub(super) const COMMAND: Command =
    Command { name: "new", arguments: "", summary: "begin a new session", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Exit(Exit::NewSession { output_style: app.next_style.clone() })]
}
