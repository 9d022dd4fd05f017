//! `/theme`: changes the theme for this run.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command =
    Command { name: "theme", arguments: "[NAME]", summary: "change the colours", run };

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        app.overlay = Some(overlays::themes());
        return Vec::new();
    }
    if app.use_theme(arguments) {
        return vec![Effect::Redraw];
    }
    app.say(format!("There is no theme \"{arguments}\"; /theme lists them."));
    Vec::new()
}
