//! `/rewind`: back to before a message of the person: conversation, code, or both.

use headwater_protocol::events::RewindScope;
use headwater_protocol::{Op, Query};

use super::Command;
use crate::app::{App, Effect};
use crate::overlays::typed;

pub(super) const COMMAND: Command = Command {
    name: "rewind",
    arguments: "[N [both|conversation|code]]",
    summary: "go back to before a message: conversation, code, or both",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if app.has_to_rest("go back") {
        return Vec::new();
    }
    let mut words = arguments.split_whitespace();
    let Some(first) = words.next() else { return vec![Effect::Send(Op::Query(Query::RewindPoints))] };
    let Ok(to) = first.parse() else {
        app.say("A message is named by its number: /rewind lists them.");
        return Vec::new();
    };
    let all = [RewindScope::Both, RewindScope::Conversation, RewindScope::Files];
    match words.next() {
        None => app.preview_rewind(to, RewindScope::Both, String::new()),
        Some(word) => {
            if let Some(scope) = all.into_iter().find(|scope| typed(*scope) == word) {
                return vec![Effect::Send(Op::Rewind { to, scope })];
            }
            app.say("What goes back is one of: both, conversation, code.");
            Vec::new()
        }
    }
}
