//! Something to know: a change of mode, a rule, a reminder.

use super::{CellView, RenderContext, Role};
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loudness {
    /// Seen with details only.
    Detail,
    Plain,
    Warning,
}

/// One sentence of the harness.
#[derive(Clone, Debug)]
pub struct NoticeCell {
    source: String,
    loudness: Loudness,
}

impl NoticeCell {
    /// Something to know.
    pub fn new(text: &str) -> Self {
        Self { source: sanitize(text.trim()).into_owned(), loudness: Loudness::Plain }
    }

    /// Something to heed.
    pub fn warning(text: &str) -> Self {
        Self { loudness: Loudness::Warning, ..Self::new(text) }
    }

    /// Something only details show.
    pub fn detail(text: &str) -> Self {
        Self { loudness: Loudness::Detail, ..Self::new(text) }
    }
}

impl CellView for NoticeCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let (mark, slot) = match self.loudness {
            Loudness::Detail if !context.is_unfolded => return Vec::new(),
            Loudness::Detail | Loudness::Plain => ("· ", Slot::Dim),
            Loudness::Warning => ("! ", Slot::Warn),
        };
        paragraphs(&self.source, mark, slot, context.width)
    }

    fn role(&self) -> Role {
        Role::Notice
    }

    fn plain(&self) -> Vec<String> {
        match self.loudness {
            Loudness::Detail => Vec::new(),
            Loudness::Plain | Loudness::Warning => vec![format!("Note: {}", self.source.replace('\n', " "))],
        }
    }
}

/// Lines of text behind a mark, wrapped with a hanging indent.
pub(super) fn paragraphs(source: &str, mark: &'static str, slot: Slot, columns: usize) -> Vec<Row> {
    let blank = Span::fixed("  ", slot);
    let mut indent = Indent { width: columns, first: vec![Span::fixed(mark, slot)], rest: vec![blank] };
    let mut rows = Vec::new();
    let mut start = 0;
    for line in source.split('\n') {
        let end = start + line.len();
        wrap(source, &[Span::source(start..end, slot)], Breaks::Words, &indent, &mut rows);
        indent.first.clone_from(&indent.rest);
        start = end + 1;
    }
    rows
}
