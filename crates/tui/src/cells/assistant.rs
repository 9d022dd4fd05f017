//! An answer of the model: Markdown, growing while it streams.

use super::{CellView, RenderContext, Role};
use crate::markdown::MarkdownLayout;
use crate::text::{Escapes, Row, Sanitizer, sanitize};

/// An answer of the model.
#[derive(Clone, Debug)]
pub struct AssistantCell {
    source: String,
    stream: Option<Sanitizer>,
}

impl AssistantCell {
    /// An answer that begins to stream.
    pub fn streaming() -> Self {
        Self { source: String::new(), stream: Some(Sanitizer::new(Escapes::Shown)) }
    }

    /// A whole answer.
    pub fn new(text: &str) -> Self {
        Self { source: sanitize(text).into_owned(), stream: None }
    }

    /// Appends the next piece.
    pub fn push(&mut self, piece: &str) {
        if let Some(stream) = &mut self.stream {
            stream.push(piece, &mut self.source);
        }
    }

    /// Ends the stream with the text that counts; `false` when it is another than what had streamed, so that
    /// the layout must begin anew.
    pub fn finish(&mut self, text: &str) -> bool {
        self.stream = None;
        let text = sanitize(text);
        let is_same = text.starts_with(&self.source);
        self.source = text.into_owned();
        is_same
    }

    /// Ends the stream with what had come.
    pub fn stop(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            stream.finish(&mut self.source);
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.source.trim().is_empty()
    }
}

impl CellView for AssistantCell {
    fn source(&self) -> &str {
        &self.source
    }

    /// The whole layout at once; the pane grows its own instead.
    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut layout = MarkdownLayout::default();
        layout.update(&self.source, context.width);
        layout.rows().to_vec()
    }

    fn role(&self) -> Role {
        Role::Assistant
    }

    /// The source itself: Markdown reads well aloud. While streaming, the lines that are complete.
    fn plain(&self) -> Vec<String> {
        let complete = if self.is_live() {
            self.source.rfind('\n').and_then(|feed| self.source.get(..feed)).unwrap_or_default()
        } else {
            self.source.trim_end()
        };
        complete.lines().map(str::to_owned).collect()
    }

    fn is_live(&self) -> bool {
        self.stream.is_some()
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
