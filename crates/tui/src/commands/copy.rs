//! `/copy`: copies the newest answer or a block of code, as source text.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "copy",
    arguments: "[N]",
    summary: "copy the last answer, or its Nth code block counted from the newest",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        return app.copy_something();
    }
    let block = arguments.parse().ok().and_then(|nth| app.pane.code_block(nth));
    if block.is_none() {
        app.say(format!("There is no code block {arguments}; 1 is the newest."));
    }
    block.map(Effect::Copy).into_iter().collect()
}
