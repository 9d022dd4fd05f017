//! `/resume`: carries on an earlier session, by its id or from a list.

use headwater_protocol::{Op, Query, SessionId};

use super::Command;
use crate::app::{App, Effect};
use crate::setup::Exit;

pub(super) const COMMAND: Command =
    Command { name: "resume", arguments: "[ID]", summary: "carry on an earlier session", run };

fn run(_app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        return vec![Effect::Send(Op::Query(Query::Sessions))];
    }
    vec![Effect::Exit(Exit::Resume(SessionId::new(arguments)))]
}
