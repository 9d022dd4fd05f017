//! The mission card above the composer: contract, grant and budget on one card, with its pages and keys.

mod keys;
mod pages;

use headwater_protocol::events::MissionProposed;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Brush, span};
use crate::app::App;
use crate::text::Row;
use crate::theme::{Face, Slot};

/// Frame and blanks at both sides.
const MARGIN: u16 = 4;
/// Rows of the card that must be seen within a frame.
const LEAST_BODY: usize = 2;

/// Rows of a page, and the one that is chosen there.
pub(super) struct Page {
    rows: Vec<Row>,
    chosen: Option<usize>,
}

/// Rows it takes of those it may have.
pub(super) fn height(app: &App, proposed: &MissionProposed, width: u16, most: u16) -> u16 {
    let inner = width.saturating_sub(MARGIN);
    let rows = pages::page(app, proposed, inner).rows.len() + keys::rows(app, proposed, inner).len() + 2;
    u16::try_from(rows).unwrap_or(u16::MAX).min(most)
}

/// Draws it; without room for a frame, only what decides.
pub(super) fn draw(app: &App, proposed: &MissionProposed, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    let slot = Slot::ModeRecursive;
    let keys = keys::rows(app, proposed, area.width.saturating_sub(MARGIN));
    if usize::from(area.height) < keys.len() + LEAST_BODY + 2 {
        brush.clear(area);
        let rows = split(area, count(&keys).min(area.height.saturating_sub(1)));
        brush.row(vec![span(slot, format!("{}{}", title(proposed), proposed.card.goal))], rows.0);
        brush.rows(&keys, rows.1);
        return;
    }
    let inner = brush.frame(vec![span(slot, title(proposed))], Face::of(slot), area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    let (top, bottom) = split(inner, count(&keys));
    brush.rows(&keys, bottom);
    draw_page(app, &pages::page(app, proposed, inner.width), top, &mut brush);
}

fn draw_page(app: &App, page: &Page, area: Rect, brush: &mut Brush<'_>) {
    let height = usize::from(area.height);
    let hidden = page.rows.len().saturating_sub(height);
    let first = match page.chosen {
        Some(chosen) => (chosen + 1).saturating_sub(height),
        None => app.desk.scroll.min(hidden),
    };
    brush.rows(page.rows.get(first..).unwrap_or_default(), area);
    let chosen = page.chosen.and_then(|chosen| chosen.checked_sub(first));
    if let Some(line) = chosen.and_then(|chosen| area.rows().nth(chosen)) {
        brush.tint(app.theme.style(Slot::Selection), line);
    }
    if hidden > first && area.height > 0 {
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        let rows = if hidden - first == 1 { "row" } else { "rows" };
        brush.row_right(vec![span(Slot::ModeRecursive, format!(" ↓ {} more {rows} ", hidden - first))], last);
    }
}

fn title(proposed: &MissionProposed) -> String {
    let state = if proposed.lint.is_empty() { "waiting for you" } else { "cannot be approved yet" };
    format!(" MISSION ── rev {} ── {state} ", proposed.revision)
}

fn split(area: Rect, bottom: u16) -> (Rect, Rect) {
    let bottom = bottom.min(area.height);
    let top = Rect { height: area.height - bottom, ..area };
    (top, Rect { y: top.bottom(), height: bottom, ..area })
}

fn count(rows: &[Row]) -> u16 {
    u16::try_from(rows.len()).unwrap_or(u16::MAX)
}
