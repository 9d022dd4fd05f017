//! `/mission`: shows the mission card and how the mission stands, or takes back what it has changed. It leads into no
//! mode: a card is decided in Recursive, and only Tab leads there.

use headwater_protocol::Op;

use super::Command;
use crate::app::{App, CardPage, Effect};
use crate::overlays;

pub(super) const COMMAND: Command = Command {
    name: "mission",
    arguments: "[undo]",
    summary: "the mission card, and how the mission stands; undo takes back what it changed",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    match arguments {
        "" => show(app),
        "undo" => return vec![Effect::Send(Op::UndoMission)],
        other => app
            .say(format!("/mission {other} is unknown: /mission shows the card, /mission undo takes back.")),
    }
    Vec::new()
}

fn show(app: &mut App) {
    if app.status.mission.card.is_none() && app.missions.current().is_none() {
        app.say("There is no mission yet; Tab leads to RECURSIVE.");
        return;
    }
    app.desk.page = CardPage::Card;
    app.desk.scroll = 0;
    app.overlay = Some(overlays::mission(app));
}
