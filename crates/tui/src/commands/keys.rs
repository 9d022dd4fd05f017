//! `/keys`: shows every action with its name and keys.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command =
    Command { name: "keys", arguments: "", summary: "every action, its name for settings, its keys", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.overlay = Some(overlays::keymap(app));
    Vec::new()
}
