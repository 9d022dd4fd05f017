//! `/doctor`: what the program finds of itself: keys, servers, sandbox, terminal, paths.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "doctor",
    arguments: "",
    summary: "what is found: keys, servers, sandbox, terminal, paths",
    run,
};

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.notice("Looking; what is found will be shown here.");
    vec![Effect::Examine]
}
