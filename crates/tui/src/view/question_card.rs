//! A question of the model above the composer: its words and the numbered options.

use headwater_protocol::tool::Question;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::paint::{Brush, span, wrapped};
use crate::app::App;
use crate::text::{Breaks, Indent, Row, Span};
use crate::theme::{Face, Slot};

/// Frame and blanks at both sides.
const MARGIN: u16 = 4;
/// With so many rows it has a frame, even when not all of it fits.
const FRAMED_FROM: u16 = 6;

/// Rows it takes of those it may have.
pub(super) fn height(question: &Question, width: u16, most: u16) -> u16 {
    let framed = framed(question, width);
    let wanted = if most < framed.min(FRAMED_FROM) { count(&bare(question, width)) } else { framed };
    wanted.min(most)
}

/// Draws it.
pub(super) fn draw(app: &App, question: &Question, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    if area.height < framed(question, area.width).min(FRAMED_FROM) {
        brush.clear(area);
        return brush.rows(&bare(question, area.width), area);
    }
    let title = format!(" QUESTION ── 1 of {} ", app.questions.len());
    let inner = brush.frame(vec![span(Slot::Accent, title)], Face::of(Slot::Accent), area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    brush.rows(&rows(question, inner.width), inner);
}

/// Rows of all of it with a frame.
fn framed(question: &Question, width: u16) -> u16 {
    count(&rows(question, width.saturating_sub(MARGIN))).saturating_add(2)
}

/// All of it without one; the question stands out instead.
fn bare(question: &Question, width: u16) -> Vec<Row> {
    let mut rows = rows(question, width);
    if let Some(first) = rows.first_mut() {
        let face = Face::of(Slot::Accent).with(Modifier::BOLD);
        first.spans.iter_mut().for_each(|span| span.face = face);
    }
    rows
}

fn count(rows: &[Row]) -> u16 {
    u16::try_from(rows.len()).unwrap_or(u16::MAX)
}

fn rows(question: &Question, width: u16) -> Vec<Row> {
    let columns = usize::from(width).max(1);
    let mut rows = wrapped(Slot::Text, &question.text, &Indent::none(columns), Breaks::Words);
    for (place, option) in question.options.iter().enumerate() {
        let first = vec![Span::made(format!("[{}] ", place + 1), Slot::Accent)];
        let indent = Indent { width: columns, first, rest: vec![Span::fixed("    ", Slot::Text)] };
        rows.extend(wrapped(Slot::Text, option, &indent, Breaks::Words));
    }
    rows
}
