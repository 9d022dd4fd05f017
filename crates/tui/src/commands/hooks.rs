//! `/hooks`: lists the hooks, and lets the person say yes to those that the project brings.

use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "hooks",
    arguments: "[yes]",
    summary: "the hooks in force; say yes to those of the project",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    // A yes is to what was shown: before that there is nothing to say yes to.
    match app.hooks_shown.clone().filter(|_| arguments == "yes") {
        Some(digest) => vec![Effect::Send(Op::ApproveHooks { digest })],
        None => vec![Effect::Send(Op::Query(Query::Hooks))],
    }
}
