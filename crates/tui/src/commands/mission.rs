//! `/mission`: shows the mission card and how the mission stands. It leads into no mode: a card is decided in
//! Recursive, and only Tab leads there.

use super::Command;
use crate::app::{App, CardPage, Effect};
use crate::overlays;

pub(super) const COMMAND: Command =
    Command { name: "mission", arguments: "", summary: "the mission card, and how the mission stands", run };

fn run(app: &mut App, _arguments: &str) -> Vec<Effect> {
    if app.status.mission.card.is_none() && app.missions.current().is_none() {
        app.say("There is no mission yet; Tab leads to RECURSIVE.");
        return Vec::new();
    }
    app.desk.page = CardPage::Card;
    app.desk.scroll = 0;
    app.overlay = Some(overlays::mission(app));
    Vec::new()
}
