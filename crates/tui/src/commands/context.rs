//! `/context`: shows what fills the window, and why the prefix cache missed.

use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "context", arguments: "", summary: "where the tokens of the next request are", run };

fn run(_app: &mut App, _arguments: &str) -> Vec<Effect> {
    vec![Effect::Send(Op::Query(Query::Projection))]
}
