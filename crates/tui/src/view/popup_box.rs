//! The popup, right above the composer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Areas;
use super::paint::{Brush, span};
use crate::app::App;
use crate::popups::{Popup, Row};
use crate::theme::{Face, Slot};

/// Entries shown at once.
const MOST_ROWS: usize = 8;
/// Columns of the entries, before what is said about them.
const TEXT: usize = 28;

/// Rows it wants.
pub(super) fn height(popup: &Popup) -> u16 {
    u16::try_from(popup.rows().0.len().min(MOST_ROWS) + 2).unwrap_or(u16::MAX)
}

/// Draws it over what is there.
pub(super) fn draw(app: &App, popup: &Popup, areas: &Areas, buf: &mut Buffer) {
    let (rows, chosen) = popup.rows();
    let room = areas.composer.y.saturating_sub(app.area.y);
    let height = height(popup).min(room);
    if height < 2 {
        return;
    }
    let area = Rect { y: areas.composer.y - height, height, ..areas.composer };
    let mut brush = Brush { theme: &app.theme, buf };
    let inner =
        brush.frame(vec![span(Slot::Accent, format!(" {} ", popup.title()))], Face::of(Slot::Border), area);
    let first = (chosen + 1).saturating_sub(usize::from(inner.height));
    let detail_from = rows.iter().map(|row| crate::text::width(&row.text)).max().unwrap_or(0).max(TEXT);
    for ((place, row), line) in rows.iter().enumerate().skip(first).zip(inner.rows()) {
        entry(&mut brush, row, detail_from, line);
        if place == chosen {
            brush.tint(app.theme.style(Slot::Selection), line);
            brush.row(vec![span(Slot::Selection, "▸")], line);
        }
    }
}

fn entry(brush: &mut Brush<'_>, row: &Row, detail_from: usize, line: Rect) {
    let gap = detail_from.saturating_sub(crate::text::width(&row.text));
    let text = format!("  {}{}", row.text, " ".repeat(gap + 2));
    brush.row(vec![span(Slot::Text, text), span(Slot::Dim, &row.detail)], line);
}
