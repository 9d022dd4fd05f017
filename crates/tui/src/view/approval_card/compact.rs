//! The approval card where there is no room for a frame: what is asked, and the keys in one word each.

use headwater_protocol::events::ApprovalRequested;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::super::paint::{Brush, span, wrapped};
use super::{call_lines, reasons, slot_of, split, tool};
use crate::app::App;
use crate::keymap::CardKey;
use crate::text::{Breaks, Indent, Row, Span};
use crate::theme::{Face, Slot};

/// Columns at the end of the keys that tell how many rows are hidden.
const MARK: usize = 4;

/// Rows it wants.
pub(super) fn height(app: &App, asked: &ApprovalRequested, width: u16) -> u16 {
    let columns = usize::from(width).max(1);
    u16::try_from(body(app, asked, columns).len() + keys(app, asked, columns).len()).unwrap_or(u16::MAX)
}

/// Draws it. The keys get a third of the rows at most, those for yes and no first.
pub(super) fn draw(app: &App, asked: &ApprovalRequested, area: Rect, brush: &mut Brush<'_>) {
    brush.clear(area);
    let columns = usize::from(area.width).max(1);
    let keys = keys(app, asked, columns);
    let key_rows = key_rows(keys.len(), area);
    let [top, bottom] = split(area, key_rows);
    let body = body(app, asked, columns);
    let hidden = body.len().saturating_sub(usize::from(top.height));
    let first = app.deck.scroll.min(hidden);
    brush.rows(body.get(first..).unwrap_or_default(), top);
    brush.rows(&keys, bottom);
    if hidden > first && bottom.height > 0 {
        let last = Rect { y: bottom.bottom() - 1, height: 1, ..bottom };
        brush.row_right(vec![span(slot_of(asked), format!(" ↓{}", hidden - first))], last);
    }
}

/// Rows of what is asked that an area does not show at once.
pub(super) fn hidden(app: &App, asked: &ApprovalRequested, area: Rect) -> usize {
    let columns = usize::from(area.width).max(1);
    let shown = area.height - key_rows(keys(app, asked, columns).len(), area);
    body(app, asked, columns).len().saturating_sub(usize::from(shown))
}

/// The rows that the keys get.
fn key_rows(wanted: usize, area: Rect) -> u16 {
    let most = (area.height / 3).max(1).min(area.height);
    u16::try_from(wanted).unwrap_or(u16::MAX).min(most)
}

/// The call, its sign a mark of how grave it is; then why it is asked, and what would be remembered.
fn body(app: &App, asked: &ApprovalRequested, columns: usize) -> Vec<Row> {
    let sign = if asked.is_catastrophic { "!" } else { "?" };
    let face = Face::of(slot_of(asked)).with(Modifier::BOLD);
    let first = vec![Span::made(format!("{sign} {} ", tool(app, asked)), face)];
    let indent = Indent { width: columns, first, rest: Vec::new() };
    let lines = call_lines(app, asked);
    let (head, more) = lines.split_first().map_or((None, [].as_slice()), |(head, more)| (Some(head), more));
    let (slot, text) = head.map_or((Slot::Code, ""), |head| (head.slot, head.text.as_str()));
    let mut rows = wrapped(slot, text, &indent, Breaks::Anywhere);
    for line in more {
        rows.extend(wrapped(line.slot, &line.text, &Indent::none(columns), Breaks::Anywhere));
    }
    for (label, text) in reasons(asked) {
        let first = vec![Span::made(format!("{label} "), Slot::Dim)];
        let indent = Indent { width: columns, first, rest: Vec::new() };
        rows.extend(wrapped(Slot::Text, &text, &indent, Breaks::Words));
    }
    if !asked.offers.is_empty() {
        let first = vec![Span::made("s, a: ".to_owned(), Slot::Dim)];
        let indent = Indent { width: columns, first, rest: Vec::new() };
        rows.extend(wrapped(Slot::Text, &asked.offers.join(", "), &indent, Breaks::Words));
    }
    rows
}

fn keys(app: &App, asked: &ApprovalRequested, columns: usize) -> Vec<Row> {
    let columns = columns.saturating_sub(MARK).max(1);
    if app.deck.is_guarded(app.now) {
        return vec![Row::new(vec![span(Slot::Dim, "answer in a moment")])];
    }
    let mut answers = vec![(CardKey::AllowOnce, "once"), (CardKey::Deny, "no"), (CardKey::Edit, "edit")];
    if !asked.offers.is_empty() {
        answers.extend([(CardKey::AllowSession, "session"), (CardKey::AllowProject, "project")]);
    }
    let face = Face::of(Slot::Accent).with(Modifier::BOLD);
    let mut rows: Vec<Row> = Vec::new();
    for (key, words) in answers {
        let words = if app.deck.armed == Some(key) { "again" } else { words };
        let hint = format!("[{}] ", app.config.keymap.hint(key));
        let needed = 1 + crate::text::width(&hint) + crate::text::width(words);
        let answer = [Span::made(hint, face), span(Slot::Text, words)];
        match rows.last_mut().filter(|last| last.width("") + needed <= columns) {
            Some(last) => {
                last.spans.push(Span::fixed(" ", Slot::Text));
                last.spans.extend(answer);
            }
            None => rows.push(Row::new(answer.into())),
        }
    }
    rows
}
