//! `/hooks`: lists the hooks, and lets the person say yes to those that the project brings.

use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "hooks",
    arguments: "",
    summary: "the hooks in force; say yes to those of the project",
    run,
};

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Send(Op::Query(Query::Hooks))]
}
