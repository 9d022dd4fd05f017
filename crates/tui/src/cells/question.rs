//! A question of the model to the person, and the answer.

use headwater_protocol::events::{ResultStatus, ToolReturned};
use headwater_protocol::tool::Question;
use headwater_protocol::{CallId, ToolCall};

use super::notice::paragraphs;
use super::{CellView, RenderContext, Role};
use crate::parts::summary;
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// A question with its options and, in time, its answer.
#[derive(Clone, Debug)]
pub struct QuestionCell {
    /// The call that asks.
    pub id: CallId,
    /// The question, then one line an option, then one the answer.
    source: String,
    question_len: usize,
    options: usize,
    /// Whether it was put to the person, with all its options.
    pub is_asked: bool,
    is_open: bool,
}

impl QuestionCell {
    /// A question the model is about to ask.
    pub fn new(request: &ToolCall) -> Self {
        let mut cell = Self {
            id: request.call.clone(),
            source: String::new(),
            question_len: 0,
            options: 0,
            is_asked: false,
            is_open: true,
        };
        cell.set(&summary(&request.input), &[]);
        cell
    }

    /// The question as it was put.
    pub fn ask(&mut self, question: &Question) {
        self.set(&question.text, &question.options);
        self.is_asked = true;
    }

    fn set(&mut self, text: &str, options: &[String]) {
        self.source = sanitize(text.trim()).into_owned();
        self.question_len = self.source.len();
        self.options = options.len();
        for option in options {
            self.source.push('\n');
            self.source.push_str(&sanitize(option).replace('\n', " "));
        }
    }

    /// Takes in the answer.
    pub fn end(&mut self, result: &ToolReturned) {
        self.is_open = false;
        let is_answered = result.status == ResultStatus::Ran;
        let said = result.data.get("answer").and_then(serde_json::Value::as_str).unwrap_or(&result.text);
        let answer = if is_answered { sanitize(said.trim()) } else { "not answered".into() };
        self.source.push('\n');
        self.source.push_str(&answer.replace('\n', " "));
    }

    /// The turn ended without an answer.
    pub fn abandon(&mut self) {
        self.is_open = false;
    }
}

impl CellView for QuestionCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        // The card above the composer says it all, with the keys.
        if self.is_open {
            return Vec::new();
        }
        let question = self.source.get(..self.question_len).unwrap_or_default();
        let mut rows = paragraphs(question, "? ", Slot::Accent, context.width);
        let mut start = self.question_len + 1;
        let lines = self.source.get(start..).unwrap_or_default();
        for (index, line) in lines.split('\n').enumerate().filter(|_| !lines.is_empty()) {
            let range = start..start + line.len();
            start = range.end + 1;
            let is_option = index < self.options;
            let mark = if is_option { format!("  {}. ", index + 1) } else { "  → ".to_owned() };
            let slot = if is_option { Slot::Text } else { Slot::Ok };
            let blank = Span::blank(mark.chars().count());
            let indent = Indent {
                width: context.width,
                first: vec![Span::made(mark, Slot::Marker)],
                rest: vec![blank],
            };
            wrap(&self.source, &[Span::source(range, slot)], Breaks::Words, &indent, &mut rows);
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        let (question, rest) = self.source.split_at_checked(self.question_len).unwrap_or((&self.source, ""));
        let rest = rest.lines().skip(1).enumerate().map(|(index, line)| match index {
            option if option < self.options => format!("{} {line}", option + 1),
            _answer => format!("Answer: {line}"),
        });
        format!("Question: {question}").lines().map(str::to_owned).chain(rest).collect()
    }

    fn is_live(&self) -> bool {
        self.is_open
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
