//! `/sessions`: lists the sessions of this directory.

use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "sessions", arguments: "", summary: "the sessions of this directory", run };

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Send(Op::Query(Query::Sessions))]
}
