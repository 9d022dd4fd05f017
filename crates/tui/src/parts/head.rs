//! The first line of a tool's cell: glyph, name, what it is about, and at the right how long it took.

use super::call::{Call, CallState};
use super::clock::duration;
use crate::text::{Row, Span, truncate_spans, width};
use crate::theme::Slot;

/// A head line being put together.
#[derive(Debug)]
pub struct Head<'a> {
    /// How the call stands.
    pub state: CallState,
    /// The tool's name.
    pub name: &'a str,
    /// After the name, cut when the room is short.
    pub summary: Vec<Span>,
    /// At the right, before the time.
    pub note: String,
}

impl<'a> Head<'a> {
    /// The head of a call: the first line of its summary, with a mark when there are more.
    pub fn of(call: &'a Call) -> Self {
        let first = call.summary().lines().next().unwrap_or_default();
        let mut summary = vec![Span::source(0..first.len(), Slot::Text)];
        if first.len() < call.summary().len() {
            summary.push(Span::fixed(" …", Slot::Dim));
        }
        Self { state: call.state, name: &call.name, summary, note: call.note.clone() }
    }

    /// The row.
    pub fn row(self, source: &str, columns: usize, now_ms: u64) -> Row {
        let (glyph, slot) = self.state.glyph(now_ms);
        let time = self.state.millis(now_ms).map(duration);
        let mut left = vec![
            Span::fixed(glyph, slot),
            Span::fixed(" ", slot),
            Span::made(self.name, Slot::Tool),
            Span::fixed(" ", Slot::Text),
        ];
        left.extend(self.summary);
        // On a narrow screen what was done matters more than its size: the left half is its own.
        let needed: usize = left.iter().map(|span| width(span.text(source))).sum();
        let room = columns.saturating_sub(needed.min(columns / 2) + 1);
        let time = time.unwrap_or_default();
        let full = if time.is_empty() { self.note.clone() } else { format!("{} · {time}", self.note) };
        let has_note = !self.note.is_empty() && width(&full) <= room;
        let right = if has_note { full } else { time.into_owned() };
        let right_columns = width(&right);
        let mut spans = truncate_spans(source, left, columns.saturating_sub(right_columns + 1));
        let used: usize = spans.iter().map(|span| width(span.text(source))).sum();
        let gap = columns.saturating_sub(used + right_columns);
        if !right.is_empty() && gap > 0 {
            spans.push(Span::blank(gap));
            spans.push(Span::made(right, Slot::Dim));
        }
        Row::new(spans)
    }
}
