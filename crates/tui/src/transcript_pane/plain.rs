//! The transcript as plain lines: for `--plain`, and for what is printed on exit.

use std::collections::BTreeMap;

use super::TranscriptPane;
use crate::cells::Cell;

/// How far the linear output has come: starts at the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainCursor {
    /// Entries before this one are out as a whole.
    done: usize,
    /// Lines that are out of later ones: live cells do not hold up what follows them.
    lines: BTreeMap<usize, usize>,
}

impl TranscriptPane {
    /// The finished lines since `cursor`, which moves on: for `--plain` and for printing on exit. No boxes, no
    /// spinners; an answer that is still coming gives its complete lines, an approval what it asks.
    pub fn plain_lines_since(&self, cursor: &mut PlainCursor) -> Vec<String> {
        let mut lines = Vec::new();
        let mut is_contiguous = true;
        for (index, entry) in self.entries.iter().enumerate().skip(cursor.done) {
            let view = entry.cell.view();
            let speaks_early = match &entry.cell {
                Cell::Assistant(_) | Cell::Approval(_) => true,
                Cell::Question(question) => question.is_asked,
                _other => false,
            };
            let is_live = view.is_live() && !entry.is_hidden;
            if !entry.is_hidden && (!is_live || speaks_early) {
                let all = view.plain();
                let out = cursor.lines.entry(index).or_default();
                lines.extend(all.iter().skip(*out).cloned());
                *out = all.len().max(*out);
            }
            is_contiguous &= !is_live;
            if is_contiguous {
                cursor.lines.remove(&index);
                cursor.done = index + 1;
            }
        }
        lines
    }

    /// A cursor that stands at the newest message of the person: for printing the last exchange on exit.
    pub fn plain_cursor_at_last_prompt(&self) -> PlainCursor {
        let last = self.entries.iter().rposition(|entry| matches!(entry.cell, Cell::User(_)));
        PlainCursor { done: last.unwrap_or_default(), lines: BTreeMap::new() }
    }
}
