//! `/mode`: changes the mode by name. There is no way into Recursive but Tab.

use headwater_protocol::ModeId;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "mode", arguments: "[plan|agent|yolo]", summary: "change the mode", run };

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        let label = app.mode_label(app.mode());
        app.say(format!("{label}; Tab goes to the next mode"));
        return Vec::new();
    }
    match arguments.parse::<ModeId>() {
        Ok(ModeId::Recursive) => app.say("Only Tab leads into Recursive."),
        Ok(mode) => return app.set_mode(mode),
        Err(unknown) => app.say(unknown.to_string()),
    }
    Vec::new()
}
