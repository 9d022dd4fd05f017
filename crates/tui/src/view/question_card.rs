//! A question of the model above the composer: its words and the numbered options. What does not fit can be scrolled, and
//! the options stay below the words as long as there is room for both.

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
/// Rows of the words above options that stay.
const LEAST_WORDS: usize = 2;
/// Columns from which on the note about hidden rows is a sentence.
const ROOMY: u16 = 40;

/// Rows it takes of those it may have.
pub(super) fn height(question: &Question, width: u16, most: u16) -> u16 {
    let framed = framed(question, width);
    let wanted = if most < framed.min(FRAMED_FROM) { bare(question, width) } else { framed };
    wanted.min(most)
}

/// Draws it.
pub(super) fn draw(app: &App, question: &Question, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    if is_framed(question, area) {
        let title = format!(" QUESTION ── 1 of {} ", app.questions.len());
        brush.frame(vec![span(Slot::Accent, title)], Face::of(Slot::Accent), area);
    } else {
        brush.clear(area);
    }
    let inner = inner(question, area);
    let Shares { body, fixed } = Shares::of(question, inner, is_framed(question, area));
    let fixed_rows = count(&fixed).min(inner.height);
    let top = Rect { height: inner.height - fixed_rows, ..inner };
    let hidden = body.len().saturating_sub(usize::from(top.height));
    let first = app.question_scroll.min(hidden);
    brush.rows(body.get(first..).unwrap_or_default(), top);
    brush.rows(&fixed, Rect { y: top.bottom(), height: fixed_rows, ..inner });
    if hidden > first && top.height > 0 {
        let last = Rect { y: top.bottom() - 1, height: 1, ..top };
        let left = hidden - first;
        let note =
            if inner.width < ROOMY { format!(" ↓{left}") } else { format!(" ↓ {left} more rows ") };
        brush.row_right(vec![span(Slot::Accent, note)], last);
    }
}

/// Rows of it that an area does not show at once.
pub(super) fn hidden(question: &Question, area: Rect) -> usize {
    let inner = inner(question, area);
    let Shares { body, fixed } = Shares::of(question, inner, is_framed(question, area));
    (body.len() + fixed.len()).saturating_sub(usize::from(inner.height))
}

/// What scrolls, and what stays below it.
struct Shares {
    body: Vec<Row>,
    fixed: Vec<Row>,
}

impl Shares {
    fn of(question: &Question, inner: Rect, is_framed: bool) -> Self {
        let mut body = words(question, inner.width);
        if !is_framed && let Some(first) = body.first_mut() {
            // Without a frame the question itself stands out.
            let face = Face::of(Slot::Accent).with(Modifier::BOLD);
            first.spans.iter_mut().for_each(|span| span.face = face);
        }
        let mut fixed = options(question, inner.width);
        if fixed.len() + LEAST_WORDS > usize::from(inner.height) {
            body.append(&mut fixed);
        }
        Self { body, fixed }
    }
}

fn is_framed(question: &Question, area: Rect) -> bool {
    area.height >= framed(question, area.width).min(FRAMED_FROM)
}

/// Where its rows go.
fn inner(question: &Question, area: Rect) -> Rect {
    if !is_framed(question, area) {
        return area;
    }
    let (width, height) = (area.width.saturating_sub(MARGIN), area.height.saturating_sub(2));
    Rect { x: area.x.saturating_add(2), y: area.y.saturating_add(1), width, height }
}

/// Rows of all of it with a frame.
fn framed(question: &Question, width: u16) -> u16 {
    bare(question, width.saturating_sub(MARGIN)).saturating_add(2)
}

/// Rows of all of it without one.
fn bare(question: &Question, width: u16) -> u16 {
    count(&words(question, width)).saturating_add(count(&options(question, width)))
}

fn count(rows: &[Row]) -> u16 {
    u16::try_from(rows.len()).unwrap_or(u16::MAX)
}

fn words(question: &Question, width: u16) -> Vec<Row> {
    wrapped(Slot::Text, &question.text, &Indent::none(usize::from(width).max(1)), Breaks::Words)
}

fn options(question: &Question, width: u16) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, option) in question.options.iter().enumerate() {
        let first = vec![Span::made(format!("[{}] ", place + 1), Slot::Accent)];
        let rest = vec![Span::fixed("    ", Slot::Text)];
        let indent = Indent { width: usize::from(width).max(1), first, rest };
        rows.extend(wrapped(Slot::Text, option, &indent, Breaks::Words));
    }
    rows
}
