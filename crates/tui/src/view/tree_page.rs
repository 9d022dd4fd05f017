//! The tree of calls over the screen, with what the mission has spent on its frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Brush, span};
use crate::app::App;
use crate::keymap::OverlayKey;
use crate::mission::Missions;
use crate::recursion_tree::RecursionTree;
use crate::theme::{Face, Slot};

/// Draws it.
pub(super) fn draw(app: &App, tree: &RecursionTree, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    let slot = Slot::ModeRecursive;
    let inner = brush.frame(vec![span(slot, title(&app.missions))], Face::of(slot), area);
    let y = area.bottom().saturating_sub(1);
    let foot = Rect { x: area.x.saturating_add(2), y, width: area.width.saturating_sub(4), height: 1 };
    brush.row(vec![span(Slot::Dim, foot_words(app))], foot);
    tree.draw(&app.missions, app.clock_ms(), (inner, buf, &app.theme));
}

/// The part of the page that the tree has.
pub(super) fn inner(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

fn title(missions: &Missions) -> String {
    let Some(session) = missions.current() else {
        let agents = missions.agents();
        return format!(" SUB-AGENTS ── {} · {} running ", agents.iter().len(), agents.running());
    };
    let spent = missions.spent(&session.id);
    let running: usize = missions.sessions().map(crate::mission::MissionSession::running).sum();
    let calls = if spent.calls == 1 { "call" } else { "calls" };
    format!(" CALLS ── {} {calls} · {running} running · {} ", spent.calls, spent.cost)
}

fn foot_words(app: &App) -> String {
    if let Some(remark) = app.remark() {
        return format!(" {remark} ");
    }
    let hint = |key: OverlayKey| app.config.keymap.hint(key);
    format!(
        " {}/{} move · {} opens · {} cancels a call · {} closes ",
        hint(OverlayKey::Up),
        hint(OverlayKey::Down),
        hint(OverlayKey::Accept),
        app.config.keymap.shortly(OverlayKey::Remove.into()),
        hint(OverlayKey::Close),
    )
}
