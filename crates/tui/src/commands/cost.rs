//! `/cost`: shows what the session has spent.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command =
    Command { name: "cost", arguments: "", summary: "what the session has spent", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    app.overlay = Some(overlays::cost(&app.status));
    Vec::new()
}
