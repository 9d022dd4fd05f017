//! The approval card above the composer: the whole command, why it is asked, what it would touch, and the keys
//! with the exact rule that each would save.

mod compact;

use headwater_protocol::events::ApprovalRequested;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::paint::{Brush, span, wrapped};
use crate::app::App;
use crate::keymap::CardKey;
use crate::parts::{ArgumentLine, argument_lines};
use crate::text::{Breaks, Indent, Row, Span};
use crate::theme::{Face, Slot};

/// Frame and blanks at both sides.
const MARGIN: u16 = 4;

/// Rows of the frame.
const FRAME: u16 = 2;

/// Rows of the call that must be seen within a frame.
const LEAST_BODY: usize = 2;

/// Rows it takes of those it may have.
pub(super) fn height(app: &App, asked: &ApprovalRequested, width: u16, most: u16) -> u16 {
    let wanted = if most < least_framed(app, asked, width) {
        compact::height(app, asked, width)
    } else {
        let inner = width.saturating_sub(MARGIN);
        let rows = body(app, asked, inner).len() + keys(app, asked, inner).len() + 2;
        u16::try_from(rows).unwrap_or(u16::MAX)
    };
    wanted.min(most)
}

/// The rows that it needs with a frame: that, all keys, and enough of the call.
fn least_framed(app: &App, asked: &ApprovalRequested, width: u16) -> u16 {
    let keys = keys(app, asked, width.saturating_sub(MARGIN));
    u16::try_from(keys.len() + LEAST_BODY + 2).unwrap_or(u16::MAX)
}

/// Rows of what is asked that an area does not show at once.
pub(super) fn hidden(app: &App, asked: &ApprovalRequested, area: Rect) -> usize {
    if area.height < least_framed(app, asked, area.width) {
        return compact::hidden(app, asked, area);
    }
    let inner =
        Rect { width: area.width.saturating_sub(MARGIN), height: area.height.saturating_sub(FRAME), ..area };
    let keys = keys(app, asked, inner.width).len();
    let shown = usize::from(inner.height).saturating_sub(keys);
    body(app, asked, inner.width).len().saturating_sub(shown)
}

/// Draws it.
pub(super) fn draw(app: &App, asked: &ApprovalRequested, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    if area.height < least_framed(app, asked, area.width) {
        return compact::draw(app, asked, area, &mut brush);
    }
    let slot = slot_of(asked);
    let inner = brush.frame(vec![span(slot, title(app, asked))], Face::of(slot), area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    let keys = keys(app, asked, inner.width);
    let key_rows = u16::try_from(keys.len()).unwrap_or(u16::MAX).min(inner.height);
    let [top, bottom] = split(inner, key_rows);
    let body = body(app, asked, inner.width);
    let hidden = body.len().saturating_sub(usize::from(top.height));
    let first = app.deck.scroll.min(hidden);
    brush.rows(body.get(first..).unwrap_or_default(), top);
    brush.rows(&keys, bottom);
    if hidden > first && top.height > 0 {
        let last = Rect { y: top.bottom() - 1, height: 1, ..top };
        brush.row_right(vec![span(slot, format!(" ↓ {} more rows ", hidden - first))], last);
    }
}

fn slot_of(asked: &ApprovalRequested) -> Slot {
    if asked.is_catastrophic { Slot::Error } else { Slot::Warn }
}

/// The tool, and before it the sub-agent that calls it.
fn tool(app: &App, asked: &ApprovalRequested) -> String {
    let name = app.deck.call(&asked.call).map_or("call", |call| call.name.as_str());
    app.status.asker(&asked.call).map_or_else(|| name.to_owned(), |agent| format!("{agent}: {name}"))
}

/// What would run, as lines to read.
fn call_lines(app: &App, asked: &ApprovalRequested) -> Vec<ArgumentLine> {
    app.deck.call(&asked.call).map(|call| argument_lines(&call.input)).unwrap_or_default()
}

/// Why it is asked, and what the call would do.
fn reasons(asked: &ApprovalRequested) -> Vec<(&'static str, String)> {
    let mut reasons = vec![("why", format!("{} (rule {})", asked.why, asked.rule))];
    if asked.input.is_some() {
        reasons.push(("hook", "a hook changed the call: this is what would run".to_owned()));
    }
    if !asked.effect.is_empty() {
        reasons.push(("effect", asked.effect.clone()));
    }
    reasons
}

fn split(area: Rect, bottom: u16) -> [Rect; 2] {
    let top = Rect { height: area.height - bottom, ..area };
    [top, Rect { y: top.bottom(), height: bottom, ..area }]
}

fn title(app: &App, asked: &ApprovalRequested) -> String {
    let waiting = app.deck.waiting(&app.status);
    let tool = tool(app, asked);
    let risk = if asked.is_catastrophic { " ── catastrophic" } else { "" };
    format!(" APPROVE? ── {tool} ── 1 of {waiting}{risk} ")
}

fn body(app: &App, asked: &ApprovalRequested, width: u16) -> Vec<Row> {
    let columns = usize::from(width).max(1);
    let of_line =
        |line: &ArgumentLine| wrapped(line.slot, &line.text, &Indent::none(columns), Breaks::Anywhere);
    let mut rows: Vec<Row> = call_lines(app, asked).iter().flat_map(of_line).collect();
    for (label, text) in reasons(asked) {
        rows.extend(labelled(label, &text, columns));
    }
    rows
}

fn labelled(label: &'static str, text: &str, columns: usize) -> Vec<Row> {
    let first = vec![Span::made(format!("{label:<8}"), Slot::Dim)];
    let indent = Indent { width: columns, first, rest: vec![Span::fixed("        ", Slot::Dim)] };
    wrapped(Slot::Text, text, &indent, Breaks::Words)
}

/// The rows of the keys.
fn keys(app: &App, asked: &ApprovalRequested, width: u16) -> Vec<Row> {
    let columns = usize::from(width).max(1);
    let rows = answers(app, asked, columns);
    if !app.deck.is_guarded(app.now) {
        return rows;
    }
    // As many rows, so that nothing moves when the keys begin to count.
    let words = "keys answer in a moment, so that nothing typed before counts";
    let mut waiting = wrapped(Slot::Dim, words, &Indent::none(columns), Breaks::Words);
    waiting.resize(rows.len().max(waiting.len()), Row::blank());
    waiting
}

fn answers(app: &App, asked: &ApprovalRequested, columns: usize) -> Vec<Row> {
    let rules = asked.offers.join(", ");
    let mut answers = vec![(CardKey::AllowOnce, "once".to_owned())];
    if !asked.offers.is_empty() {
        answers.push((CardKey::AllowSession, format!("this session: {rules}")));
        answers.push((CardKey::AllowProject, format!("always in this project: {rules}")));
    }
    answers.push((CardKey::Edit, "edit".to_owned()));
    answers.push((CardKey::Deny, "no, say why".to_owned()));
    let mut rows: Vec<Row> = Vec::new();
    for (key, words) in answers {
        let hint = format!("[{}] ", app.config.keymap.hint(key));
        let words =
            if app.deck.armed == Some(key) { format!("{words} — press again to do it") } else { words };
        push_answer(&mut rows, &hint, &words, columns);
    }
    rows
}

/// Puts an answer behind the last one when both fit, else into rows of its own.
fn push_answer(rows: &mut Vec<Row>, hint: &str, words: &str, columns: usize) {
    let face = Face::of(Slot::Accent).with(Modifier::BOLD);
    let key = Span::made(hint, face);
    let needed = crate::text::width(hint) + crate::text::width(words) + 3;
    if let Some(last) = rows.last_mut().filter(|last| last.width("") + needed <= columns) {
        last.spans.extend([Span::fixed("   ", Slot::Text), key, span(Slot::Text, words)]);
        return;
    }
    let indent = Indent { width: columns, first: vec![key], rest: vec![Span::fixed("    ", Slot::Text)] };
    rows.extend(wrapped(Slot::Text, words, &indent, Breaks::Words));
}
