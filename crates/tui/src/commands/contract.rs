//! `/contract`: what must hold before "done" is believed, shown, edited, dropped; what is open, accepted.

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "contract",
    arguments: "[edit|drop|accept]",
    summary: "what must hold before \"done\" is believed",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    let (action, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    match action {
        "" => app.show_contract(),
        "edit" => return app.edit_contract(),
        "drop" => return app.drop_contract(),
        "accept" => {
            let ids = rest.split_whitespace().map(str::to_owned).collect();
            return app.accept_uncertainties(ids);
        }
        other => app.notice(&format!("/contract takes edit, drop or accept, not \"{other}\".")),
    }
    Vec::new()
}
