//! An overlay over the whole screen: title, lines, filter, hint.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::paint::{Brush, span};
use crate::app::App;
use crate::overlays::{Line, Overlay};
use crate::text::{Breaks, Indent, Row, Span, wrap};
use crate::theme::{Face, Slot};

/// Draws it; the place of the cursor while a filter is typed.
pub(super) fn draw(app: &App, overlay: &Overlay, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let mut brush = Brush { theme: &app.theme, buf };
    let inner =
        brush.frame(vec![span(Slot::Heading, format!(" {} ", overlay.title))], Face::of(Slot::Border), area);
    let cursor = bottom(overlay, area, &mut brush);
    let lines = overlay.shown();
    let is_list = overlay.is_list();
    let height = usize::from(inner.height);
    let first = if is_list { (overlay.at + 1).saturating_sub(height) } else { overlay.at };
    let mut rest = inner;
    for (place, line) in lines.iter().enumerate().skip(first) {
        if rest.height == 0 {
            break;
        }
        let rows = rows(line, usize::from(rest.width).max(1));
        brush.rows(&rows, rest);
        let used = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(rest.height);
        if is_list && place == overlay.at {
            brush.tint(app.theme.style(Slot::Selection), Rect { height: used, ..rest });
        }
        rest.y += used;
        rest.height -= used;
    }
    cursor
}

/// The filter while there is one, else the hint, on the lower edge of the frame.
fn bottom(overlay: &Overlay, area: Rect, brush: &mut Brush<'_>) -> Option<Position> {
    let y = area.bottom().saturating_sub(1);
    let line = Rect { x: area.x.saturating_add(2), y, width: area.width.saturating_sub(4), height: 1 };
    let Some(filter) = &overlay.filter else {
        brush.row(vec![span(Slot::Dim, format!(" {} ", overlay.hint))], line);
        return None;
    };
    let words = format!(" / {filter} ");
    let columns = u16::try_from(crate::text::width(&words)).unwrap_or(u16::MAX);
    brush.row(vec![span(Slot::Accent, words)], line);
    let x = line.x.saturating_add(columns.saturating_sub(1)).min(line.right().saturating_sub(1));
    Some(Position { x, y }).filter(|cursor| overlay.is_filtering && area.contains(*cursor))
}

fn rows(line: &Line, columns: usize) -> Vec<Row> {
    let spans: Vec<Span> = line.spans.iter().map(|(slot, text)| span(*slot, text)).collect();
    let mut rows = Vec::new();
    wrap("", &spans, Breaks::Words, &Indent::none(columns), &mut rows);
    rows
}
