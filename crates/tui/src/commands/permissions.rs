//! `/permissions`: lists the permission rules, to withdraw them.

use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "permissions",
    arguments: "",
    summary: "the rules in force; withdraw what you gave",
    run,
};

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Send(Op::Query(Query::Permissions))]
}
