//! A command: its script, and the last lines of what it says.

use headwater_protocol::events::{ResultStatus, ToolReturned, UserShell};
use headwater_protocol::{CallId, ToolCall};
use serde_json::Value;

use super::tool::plain_line;
use super::{CellView, RenderContext, Role};
use crate::parts::{Call, CallState, Fold, Head};
use crate::text::Row;

/// Lines shown of a command that runs or went well.
const TAIL_LINES: usize = 3;
/// Lines shown of one that failed.
const FAILED_LINES: usize = 12;

/// A command of the model, or of the person (`!`).
#[derive(Clone, Debug)]
pub struct ShellCell {
    /// The call.
    pub call: Call,
    is_of_person: bool,
    /// What the model asked to run.
    asked: Option<String>,
}

impl ShellCell {
    /// A command the model asked for.
    pub fn new(request: &ToolCall) -> Self {
        let asked = request.input.get("command").and_then(Value::as_str).map(str::to_owned);
        Self { call: Call::new(request), is_of_person: false, asked }
    }

    /// A command of the person, with what it said.
    pub fn of_person(shell: &UserShell) -> Self {
        let mut call = Call::with_summary(CallId::new(""), "!", &shell.command);
        call.state = CallState::Ran { is_error: shell.is_error, millis: 0 };
        call.set_output(&shell.output);
        Self { call, is_of_person: true, asked: None }
    }

    /// Takes in the result. The first line of its text says how the command ended, as the note does.
    pub fn end(&mut self, result: &ToolReturned) {
        self.call.end(result);
        let text = |key: &str| result.data.get(key).and_then(Value::as_str);
        let output = match text("kind") {
            Some("shell") => result.text.split_once('\n').map_or("", |(_, body)| body),
            // It runs on in the background; the note says so.
            Some("jobs") => text("output").unwrap_or_default(),
            // It never began, and whoever interrupted it knows why.
            Some(_) | None if result.status == ResultStatus::Cancelled => "",
            Some(_) | None => &result.text,
        };
        if let (Some(asked), Some(ran)) = (&self.asked, text("command"))
            && text("kind") == Some("shell")
            && asked != ran
        {
            self.call.change(ran);
        }
        self.call.set_output(output);
    }

    /// While it runs, how much it has said.
    fn note(&self) -> String {
        let is_running = matches!(self.call.state, CallState::Running { .. });
        match self.call.output().lines().count() {
            1 if is_running => "1 line".to_owned(),
            lines if is_running && lines > 0 => format!("{lines} lines"),
            _none => self.call.note.clone(),
        }
    }
}

impl CellView for ShellCell {
    fn source(&self) -> &str {
        self.call.source()
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut head = Head::of(&self.call);
        head.note = self.note();
        let mut rows = vec![head.row(self.source(), context.width, context.now_ms)];
        let script = self.call.summary();
        if context.is_unfolded && script.contains('\n') {
            Fold::Open.lay_out(self.source(), 0..script.len(), context.width, &mut rows);
        }
        // A command that did not run has said nothing: what stands there is a sentence of ours.
        let is_told =
            matches!(self.call.state, CallState::Stopped(status) if status != ResultStatus::Cancelled);
        let fold = match (context.is_unfolded, self.call.state.has_failed(), self.is_of_person) {
            _ if is_told => Fold::Head(FAILED_LINES),
            (true, ..) => Fold::Open,
            (false, true, _) | (false, false, true) => Fold::Tail(FAILED_LINES),
            (false, false, false) => Fold::Tail(TAIL_LINES),
        };
        fold.lay_out(self.source(), self.call.output_range(), context.width, &mut rows);
        rows
    }

    fn role(&self) -> Role {
        if self.is_of_person { Role::User } else { Role::Tool }
    }

    fn plain(&self) -> Vec<String> {
        let note = self.note();
        let more = if note.is_empty() { note } else { format!(", {note}") };
        vec![plain_line(&self.call, &more)]
    }

    fn is_live(&self) -> bool {
        self.call.state.is_live()
    }

    fn is_animated(&self) -> bool {
        matches!(self.call.state, CallState::Running { .. })
    }

    fn stands_apart(&self) -> bool {
        self.is_of_person
    }
}
