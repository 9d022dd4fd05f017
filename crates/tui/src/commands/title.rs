//! `/title`: gives the session a title; without one, its first message is its title again.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "title",
    arguments: "[TEXT]",
    summary: "give the session a title; without TEXT, take it back",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if app.is_busy() {
        app.say("The title changes when the turn has ended.");
    }
    vec![Effect::Send(Op::SetTitle { title: arguments.trim().to_owned() })]
}
