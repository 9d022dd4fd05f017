//! Reasoning of the model: one line, unfolded on request.

use super::{CellView, RenderContext, Role};
use crate::parts::{duration, spinner};
use crate::text::{Breaks, Escapes, Indent, Row, Sanitizer, Span, sanitize, truncate_spans, wrap};
use crate::theme::Slot;

/// Reasoning of the model.
#[derive(Clone, Debug)]
pub struct ThinkingCell {
    source: String,
    stream: Option<Sanitizer>,
    /// First and last moment of the stream, in milliseconds of the screen's clock.
    span_ms: Option<(u64, u64)>,
    /// Tokens of reasoning, once the provider has said.
    tokens: Option<u64>,
}

impl ThinkingCell {
    /// Reasoning that begins to stream.
    pub fn streaming(now_ms: u64) -> Self {
        Self {
            source: String::new(),
            stream: Some(Sanitizer::new(Escapes::Shown)),
            span_ms: Some((now_ms, now_ms)),
            tokens: None,
        }
    }

    /// Reasoning of the past; how long it took is not known.
    pub fn new(text: &str) -> Self {
        Self { source: sanitize(text.trim()).into_owned(), stream: None, span_ms: None, tokens: None }
    }

    /// Appends the next piece.
    pub fn push(&mut self, piece: &str, now_ms: u64) {
        if let Some(stream) = &mut self.stream {
            stream.push(piece, &mut self.source);
            self.span_ms = self.span_ms.map(|(first, _)| (first, now_ms));
        }
    }

    /// Ends the stream; `text` is what counts, where it is known.
    pub fn finish(&mut self, text: Option<&str>) {
        if let Some(mut stream) = self.stream.take() {
            stream.finish(&mut self.source);
        }
        if let Some(text) = text {
            self.source = sanitize(text.trim()).into_owned();
        }
    }

    /// Sets how many tokens it took.
    pub fn set_tokens(&mut self, tokens: u64) {
        self.tokens = (tokens > 0).then_some(tokens);
    }

    /// The head of the line, such as `thought 3.1s · 412 tok`.
    fn title(&self, context: &RenderContext) -> String {
        let time = self.span_ms.map(|(first, last)| {
            let end = if self.is_live() { context.now_ms.max(last) } else { last };
            duration(end.saturating_sub(first))
        });
        let title = if self.is_live() { "thinking" } else { "thought" };
        let time = time.map(|time| format!(" {time}")).unwrap_or_default();
        let tokens = self.tokens.map(|tokens| format!(" · {tokens} tok")).unwrap_or_default();
        format!("{title}{time}{tokens}")
    }

    /// The line to show beside the title: the last while it streams, then the first.
    fn line(&self) -> std::ops::Range<usize> {
        let text = self.source.trim_end();
        let start = if self.is_live() { text.rfind('\n').map_or(0, |feed| feed + 1) } else { 0 };
        let line = text.get(start..).unwrap_or_default();
        start..start + line.find('\n').unwrap_or(line.len())
    }

    fn head(&self, context: &RenderContext) -> Row {
        let mark = match (self.is_live(), context.is_unfolded) {
            (true, _) => spinner(context.now_ms),
            (false, true) => "▾",
            (false, false) => "▸",
        };
        let mut spans = vec![
            Span::fixed(mark, Slot::Thinking),
            Span::fixed(" ", Slot::Thinking),
            Span::made(self.title(context), Slot::Thinking),
        ];
        if !context.is_unfolded && !self.source.is_empty() {
            spans.push(Span::fixed("  ", Slot::Thinking));
            spans.push(Span::source(self.line(), Slot::Thinking));
        }
        Row::new(truncate_spans(&self.source, spans, context.width))
    }
}

impl CellView for ThinkingCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut rows = vec![self.head(context)];
        if context.is_unfolded {
            let indent = Indent::hanging(context.width, &[Span::fixed("  ", Slot::Thinking)]);
            let mut start = 0;
            for line in self.source.trim_end().split('\n') {
                let end = start + line.len();
                let span = Span::source(start..end, Slot::Thinking);
                wrap(&self.source, &[span], Breaks::Words, &indent, &mut rows);
                start = end + 1;
            }
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Thinking
    }

    fn plain(&self) -> Vec<String> {
        let first = self.source.get(self.line()).unwrap_or_default();
        vec![format!("Thinking: {first}")]
    }

    fn is_live(&self) -> bool {
        self.stream.is_some()
    }

    fn is_animated(&self) -> bool {
        self.is_live()
    }
}
