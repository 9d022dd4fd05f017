//! A question of the model above the composer: its words and the numbered options.

use headwater_protocol::tool::Question;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Brush, span, wrapped};
use crate::app::App;
use crate::text::{Breaks, Indent, Row, Span};
use crate::theme::{Face, Slot};

/// Frame and blanks at both sides.
const MARGIN: u16 = 4;

/// Rows it wants.
pub(super) fn height(question: &Question, width: u16) -> u16 {
    let rows = rows(question, usize::from(width.saturating_sub(MARGIN)).max(1)).len() + 2;
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// Draws it.
pub(super) fn draw(app: &App, question: &Question, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    let title = format!(" QUESTION ── 1 of {} ", app.questions.len());
    let inner = brush.frame(vec![span(Slot::Accent, title)], Face::of(Slot::Accent), area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    brush.rows(&rows(question, usize::from(inner.width).max(1)), inner);
}

fn rows(question: &Question, columns: usize) -> Vec<Row> {
    let mut rows = wrapped(Slot::Text, &question.text, &Indent::none(columns), Breaks::Words);
    for (place, option) in question.options.iter().enumerate() {
        let first = vec![Span::made(format!("[{}] ", place + 1), Slot::Accent)];
        let indent = Indent { width: columns, first, rest: vec![Span::fixed("    ", Slot::Text)] };
        rows.extend(wrapped(Slot::Text, option, &indent, Breaks::Words));
    }
    rows
}
