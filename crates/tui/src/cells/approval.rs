//! The trail of an approval: why it was asked, and what was answered. The card with the keys stands above the
//! composer while it waits; this is what the transcript keeps.

use headwater_protocol::events::{ApprovalGiven, ApprovalRequested};
use headwater_protocol::{ApprovalDecision, ApprovalScope, Approver, CallId, ToolCall};

use super::{CellView, RenderContext, Role};
use crate::parts::summary;
use crate::text::{Breaks, Indent, Row, Span, sanitize, truncate_spans, wrap};
use crate::theme::Slot;

/// Labels of the fields which linear output tells too.
const WHY: &str = "why asked";
const RULE: &str = "rule";
const EFFECT: &str = "effect";

/// An approval request and its answer.
#[derive(Clone, Debug)]
pub struct ApprovalCell {
    /// The call that waits, or waited.
    pub id: CallId,
    /// One line a field: why, rule, effect, what would be saved, what would run.
    source: String,
    /// The label of each line.
    labels: Vec<&'static str>,
    answer: Option<String>,
    is_denied: bool,
}

impl ApprovalCell {
    /// A request, with the call it is about.
    pub fn new(asked: &ApprovalRequested, request: Option<&ToolCall>) -> Self {
        let mut cell = Self {
            id: asked.call.clone(),
            source: String::new(),
            labels: Vec::new(),
            answer: None,
            is_denied: false,
        };
        let input = |call: &ToolCall| summary(asked.input.as_ref().unwrap_or(&call.input));
        let meant = request.map(ToolCall::meant);
        let run = meant.map(|call| format!("{} {}", call.name, input(&call))).unwrap_or_default();
        cell.field(WHY, &asked.why);
        cell.field(RULE, &asked.rule);
        cell.field(EFFECT, &asked.effect);
        cell.field("would save", &asked.offers.join("  "));
        cell.field("to run", &run);
        cell
    }

    fn field(&mut self, label: &'static str, text: &str) {
        let text = sanitize(text.trim()).replace('\n', " ");
        if !text.is_empty() || self.labels.is_empty() {
            if !self.labels.is_empty() {
                self.source.push('\n');
            }
            self.source.push_str(&text);
            self.labels.push(label);
        }
    }

    /// Takes in the answer.
    pub fn answer(&mut self, given: &ApprovalGiven) {
        let scope = match given.scope {
            ApprovalScope::Once => "once",
            ApprovalScope::Session => "for this session",
            ApprovalScope::Project => "in this project, from now on",
        };
        let words = match &given.decision {
            ApprovalDecision::Allow => format!("allowed {scope}"),
            ApprovalDecision::Edit { .. } => "edited".to_owned(),
            ApprovalDecision::Deny { reason } if reason.trim().is_empty() => "denied".to_owned(),
            ApprovalDecision::Deny { reason } => format!("denied: {}", sanitize(reason).replace('\n', " ")),
        };
        let by = match given.by {
            Approver::Person => "",
            Approver::Hook => ", by a hook",
            Approver::Flag => ", by the command line",
            Approver::Nobody => ", nobody was there to ask",
        };
        self.is_denied = matches!(given.decision, ApprovalDecision::Deny { .. });
        self.answer = Some(format!("{words}{by}"));
    }

    /// The turn ended without an answer.
    pub fn abandon(&mut self) {
        self.answer.get_or_insert_with(|| "not answered".to_owned());
    }

    fn head(&self, answer: &str, columns: usize) -> Row {
        let slot = if self.is_denied { Slot::Error } else { Slot::Ok };
        let why = self.source.find('\n').unwrap_or(self.source.len());
        let spans = vec![
            Span::fixed("◆ ", slot),
            Span::made(answer, slot),
            Span::fixed("  ", Slot::Dim),
            Span::source(0..why, Slot::Dim),
        ];
        Row::new(truncate_spans(&self.source, spans, columns))
    }
}

impl CellView for ApprovalCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        // The card above the composer says it all, with the keys.
        let Some(answer) = &self.answer else { return Vec::new() };
        let mut rows = vec![self.head(answer, context.width)];
        if !context.is_unfolded {
            return rows;
        }
        let mut start = 0;
        for (label, line) in self.labels.iter().zip(self.source.split('\n')) {
            let range = start..start + line.len();
            start = range.end + 1;
            let indent = Indent {
                width: context.width,
                first: vec![Span::made(format!("│ {label:<12}"), Slot::Dim)],
                rest: vec![Span::fixed("│             ", Slot::Dim)],
            };
            wrap(&self.source, &[Span::source(range, Slot::Text)], Breaks::Words, &indent, &mut rows);
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        // The call itself and the rules that an answer would save stand in the menu.
        let fields = self.labels.iter().zip(self.source.split('\n'));
        let told = fields.filter_map(|(label, line)| {
            let line = line.trim_end_matches('.');
            match *label {
                WHY => Some(format!("Approval needed: {line}.")),
                RULE => Some(format!("Rule: {line}.")),
                EFFECT => Some(format!("Effect: {line}.")),
                _menu => None,
            }
        });
        let asked = told.collect::<Vec<_>>().join(" ");
        let answer = self.answer.iter().map(|answer| format!("Approval {answer}."));
        std::iter::once(asked).chain(answer).collect()
    }

    fn is_live(&self) -> bool {
        self.answer.is_none()
    }
}
