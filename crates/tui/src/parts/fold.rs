//! Output below a head line, folded to what fits the eye.

use std::ops::Range;

use crate::text::{Breaks, Indent, Row, Span, wrap};
use crate::theme::{Face, Slot};

/// Lines of an unfolded output that are laid out; more are left to the pager and the blob.
const UNFOLDED_LINES: usize = 5_000;

/// Which lines of an output are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// The first so many, broken between words: a tool says what is wrong in sentences.
    Head(usize),
    /// The last so many.
    Tail(usize),
    /// All of them.
    Open,
}

impl Fold {
    /// Appends the rows of the output that stands in a range of the source.
    pub fn lay_out(self, source: &str, output: Range<usize>, columns: usize, rows: &mut Vec<Row>) {
        let lines = lines_of(source, output);
        let (kept, is_tail) = match self {
            Self::Head(count) => (count, false),
            Self::Tail(count) => (count, true),
            Self::Open => (UNFOLDED_LINES, false),
        };
        let hidden = lines.len().saturating_sub(kept);
        let shown = if is_tail { hidden..lines.len() } else { 0..lines.len() - hidden };
        let indent = Indent::hanging(columns, &[Span::fixed("│ ", Slot::Border)]);
        if is_tail && hidden > 0 {
            rows.push(fold_note(hidden, "earlier line"));
        }
        let breaks = match self {
            Self::Head(_) => Breaks::Words,
            Self::Tail(_) | Self::Open => Breaks::Anywhere,
        };
        let first = rows.len();
        for line in lines.get(shown).unwrap_or_default() {
            wrap(source, &[Span::source(line.clone(), Face::of(Slot::Dim))], breaks, &indent, rows);
        }
        if let Some(row) = rows.get_mut(first) {
            row.is_after_fold = true;
        }
        if !is_tail && hidden > 0 {
            rows.push(fold_note(hidden, "more line"));
        }
    }
}

/// The row that says what is hidden and how to see it; `what` is in the singular.
pub fn fold_note(hidden: usize, what: &str) -> Row {
    let plural = if hidden == 1 { "" } else { "s" };
    Row::new(vec![
        Span::fixed("│ ", Slot::Border),
        Span::made(format!("… {hidden} {what}{plural} · Ctrl+O"), Slot::Dim),
    ])
}

fn lines_of(source: &str, output: Range<usize>) -> Vec<Range<usize>> {
    let mut start = output.start;
    let text = source.get(output).unwrap_or_default();
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        lines.push(start..start + line.strip_suffix('\n').unwrap_or(line).len());
        start += line.len();
    }
    lines
}
