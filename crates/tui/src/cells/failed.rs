//! Something failed for good: what, why, and what to do next.

use headwater_protocol::events::Failed;

use super::notice::paragraphs;
use super::{CellView, RenderContext, Role};
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// A failure.
#[derive(Clone, Debug)]
pub struct FailedCell {
    source: String,
    /// Bytes of the message; the next step follows on a line of its own.
    message_len: usize,
}

impl FailedCell {
    /// From its record.
    pub fn new(failed: &Failed) -> Self {
        let message = sanitize(failed.message.trim());
        let step = sanitize(failed.next_step.trim());
        Self { message_len: message.len(), source: format!("{message}\n{step}") }
    }
}

impl CellView for FailedCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let message = self.source.get(..self.message_len).unwrap_or_default();
        let mut rows = paragraphs(message, "✗ ", Slot::Error, context.width);
        let step = self.message_len + 1..self.source.len();
        if !step.is_empty() {
            let indent = Indent {
                width: context.width,
                first: vec![Span::fixed("  → ", Slot::Accent)],
                rest: vec![Span::fixed("    ", Slot::Text)],
            };
            wrap(&self.source, &[Span::source(step, Slot::Text)], Breaks::Words, &indent, &mut rows);
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Notice
    }

    fn plain(&self) -> Vec<String> {
        vec![format!("Error: {}", self.source.replace('\n', " "))]
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
