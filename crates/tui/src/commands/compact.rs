//! `/compact`: has the older messages summarized, with what the person wants kept above all.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "compact",
    arguments: "[focus]",
    summary: "a summary in the place of older messages",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    app.ask_to_compact();
    vec![Effect::Send(Op::Compact { focus: arguments.to_owned() })]
}
