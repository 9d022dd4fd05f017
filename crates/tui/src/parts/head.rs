//! The first line of a tool's cell: glyph, name, what it is about, and at the right how long it took.

use super::call::{Call, CallState};
use super::clock::duration;
use crate::text::{Row, Span, truncate_spans, width};
use crate::theme::Slot;

/// Milliseconds below which how long a call took tells nothing.
const AT_ONCE: u64 = 100;
/// Columns at least between what was done and what came of it.
const GAP: usize = 2;

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
        let is_quick = matches!(self.state, CallState::Ran { millis, .. } if millis < AT_ONCE);
        let time = self.state.millis(now_ms).filter(|_| !is_quick).map(duration).unwrap_or_default();
        let mut left = vec![
            Span::fixed(glyph, slot),
            Span::fixed(" ", slot),
            Span::made(self.name, Slot::Tool),
            Span::fixed(" ", Slot::Text),
        ];
        left.extend(self.summary);
        // On a narrow screen what was done matters more than its size: the left half is its own.
        let needed: usize = left.iter().map(|span| width(span.text(source))).sum();
        let room = columns.saturating_sub(needed.min(columns / 2) + GAP);
        let parts = [self.note.as_str(), &time];
        let full = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let right = if width(&full) <= room { full } else { time.into_owned() };
        let right_columns = width(&right);
        let taken = if right.is_empty() { 0 } else { right_columns + GAP };
        let mut spans = truncate_spans(source, left, columns.saturating_sub(taken));
        let used: usize = spans.iter().map(|span| width(span.text(source))).sum();
        let gap = columns.saturating_sub(used + right_columns);
        if !right.is_empty() && gap > 0 {
            spans.push(Span::blank(gap));
            spans.push(Span::made(right, Slot::Dim));
        }
        Row::new(spans)
    }
}
