//! `/todos`: shows the model's todo list.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command =
    Command { name: "todos", arguments: "", summary: "the model's todo list", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.overlay = Some(overlays::todos(&app.status.todos.items));
    Vec::new()
}
