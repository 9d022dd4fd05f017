//! Diffs on the screen: one column of line numbers, signs, and what changed within a line.
//!
//! *Invariant:* the source of a diff is its lines without numbers and signs, so that a copy can be pasted.

mod parse;
mod words;

use std::ops::Range;

use serde_json::Value;

use crate::parts::fold_note;
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stayed.
    Same,
    /// It came.
    Added,
    /// It went.
    Removed,
}

/// A line of a diff.
#[derive(Clone, Debug)]
struct Line {
    change: Change,
    /// Its number in the new file, or in the old one when it went.
    number: usize,
    /// Its bytes in the text of the diff.
    range: Range<usize>,
    /// What changed within it.
    words: Vec<Range<usize>>,
    /// Whether lines between the one above and this one are not shown.
    is_after_gap: bool,
}

/// How much of a diff is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows, about.
    pub rows: usize,
    /// Unchanged lines around a change.
    pub around: usize,
}

impl Extent {
    /// All that is known.
    pub const ALL: Self = Self { rows: usize::MAX, around: usize::MAX };
}

/// The diff of one file.
#[derive(Clone, Debug, Default)]
pub struct DiffView {
    text: String,
    lines: Vec<Line>,
    /// Where `text` stands in the source of the cell.
    offset: usize,
    /// Lines added and removed, when not all of them are here.
    totals: Option<(usize, usize)>,
}

impl DiffView {
    /// Reads what a tool keeps for the screen; `None` when it holds no diff.
    pub fn from_data(data: &Value) -> Option<Self> {
        parse::data(data)
    }

    /// Reads a unified diff; headers of files are passed over.
    pub fn from_unified(text: &str) -> Option<Self> {
        parse::unified(text)
    }

    /// All lines without numbers and signs, one below the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says where the text stands in the source of the cell.
    pub fn place(&mut self, offset: usize) {
        self.offset = offset;
    }

    /// How many lines came.
    pub fn added(&self) -> usize {
        self.totals.map_or_else(|| self.count(Change::Added), |(added, _)| added)
    }

    /// How many lines went.
    pub fn removed(&self) -> usize {
        self.totals.map_or_else(|| self.count(Change::Removed), |(_, removed)| removed)
    }

    fn count(&self, change: Change) -> usize {
        self.lines.iter().filter(|line| line.change == change).count()
    }

    fn push(&mut self, change: Change, number: usize, line: &str, is_after_gap: bool) {
        let start = self.text.len();
        self.text.push_str(&sanitize(line).replace('\n', " "));
        let range = start..self.text.len();
        self.text.push('\n');
        self.lines.push(Line { change, number, range, words: Vec::new(), is_after_gap });
    }

    /// Appends the rows of an extent, and a note for the rest.
    pub fn lay_out(&self, source: &str, columns: usize, extent: Extent, rows: &mut Vec<Row>) {
        let digits = self.lines.iter().map(|line| line.number).max().unwrap_or_default().to_string().len();
        let first = rows.len();
        let shown = self.near_changes(extent.around);
        let mut next = 0;
        for (place, index) in shown.iter().enumerate() {
            let Some(line) = self.lines.get(*index) else { continue };
            if rows.len() - first >= extent.rows {
                rows.push(fold_note(shown.len() - place, "more line"));
                return;
            }
            let is_after_gap = line.is_after_gap || *index > next;
            if is_after_gap && place > 0 {
                let gap = format!("│ {:>digits$}", "⋮");
                rows.push(Row::new(vec![Span::made(gap, Slot::Gutter)]));
            }
            next = index + 1;
            let before = rows.len();
            self.line(source, line, digits, columns, rows);
            if let Some(row) = rows.get_mut(before) {
                row.is_after_fold = is_after_gap;
            }
        }
    }

    /// The lines at most so far from a change.
    fn near_changes(&self, around: usize) -> Vec<usize> {
        let mut near = Vec::new();
        let mut done = 0;
        let changed = |(index, line): (usize, &Line)| (line.change != Change::Same).then_some(index);
        for index in self.lines.iter().enumerate().filter_map(changed) {
            let end = index.saturating_add(around).saturating_add(1).min(self.lines.len());
            near.extend(index.saturating_sub(around).max(done)..end);
            done = end;
        }
        near
    }

    fn line(&self, source: &str, line: &Line, digits: usize, columns: usize, rows: &mut Vec<Row>) {
        let (sign, slot, word) = match line.change {
            Change::Same => ("   ", Slot::CodeBlock, Slot::CodeBlock),
            Change::Added => (" + ", Slot::Add, Slot::AddWord),
            Change::Removed => (" - ", Slot::Del, Slot::DelWord),
        };
        let bar = Span::fixed("│ ", Slot::Border);
        let indent = Indent {
            width: columns,
            first: vec![
                bar.clone(),
                Span::made(format!("{:>digits$}", line.number), Slot::Gutter),
                Span::fixed(sign, slot),
            ],
            rest: vec![bar, Span::blank(digits + 3)],
        };
        let mut spans = Vec::new();
        let mut at = line.range.start;
        for changed in &line.words {
            spans.push(Span::source(at + self.offset..changed.start + self.offset, slot));
            spans.push(Span::source(changed.start + self.offset..changed.end + self.offset, word));
            at = changed.end;
        }
        spans.push(Span::source(at + self.offset..line.range.end + self.offset, slot));
        spans.retain(|span| span.source.as_ref().is_some_and(|range| !range.is_empty()));
        wrap(source, &spans, Breaks::Anywhere, &indent, rows);
    }
}

#[cfg(test)]
mod tests;
