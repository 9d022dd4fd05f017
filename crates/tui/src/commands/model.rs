//! `/model`: changes the model, at the same vendor.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command =
    Command { name: "model", arguments: "[NAME]", summary: "say or change the model", run };

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        let text = format!("The model is {}; /model NAME changes it.", app.model());
        app.say(text);
        return Vec::new();
    }
    vec![Effect::Send(Op::SetModel { model: arguments.to_owned() })]
}
