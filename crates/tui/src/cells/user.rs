//! A message of the person: a bar and its words.

use super::{CellView, RenderContext, Role};
use crate::parts::fold_note;
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// Lines of a long message that are shown while it is folded.
const FOLDED_LINES: usize = 20;

/// A message of the person.
#[derive(Clone, Debug)]
pub struct UserCell {
    source: String,
}

impl UserCell {
    /// From the text as it was written.
    pub fn new(text: &str) -> Self {
        Self { source: sanitize(text.trim_end()).into_owned() }
    }
}

impl CellView for UserCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let indent = Indent::hanging(context.width, &[Span::fixed("▎ ", Slot::User)]);
        let lines = self.source.lines().count().max(1);
        let shown = if context.is_unfolded { lines } else { lines.min(FOLDED_LINES) };
        let mut rows = Vec::new();
        let mut start = 0;
        for line in self.source.split('\n').take(shown) {
            let end = start + line.len();
            wrap(&self.source, &[Span::source(start..end, Slot::User)], Breaks::Words, &indent, &mut rows);
            start = end + 1;
        }
        if shown < lines {
            rows.push(fold_note(lines - shown, "more line"));
        }
        rows
    }

    fn role(&self) -> Role {
        Role::User
    }

    fn plain(&self) -> Vec<String> {
        format!("User: {}", self.source).lines().map(str::to_owned).collect()
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
