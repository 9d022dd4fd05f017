//! A command: its script, and the last lines of what it says.

use headwater_protocol::events::{ToolReturned, UserShell};
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
    /// How the process ended, in words; empty when it went well.
    exit: String,
    is_of_person: bool,
}

impl ShellCell {
    /// A command the model asked for.
    pub fn new(request: &ToolCall) -> Self {
        Self { call: Call::new(request), exit: String::new(), is_of_person: false }
    }

    /// A command of the person, with what it said.
    pub fn of_person(shell: &UserShell) -> Self {
        let mut call = Call::with_summary(CallId::new(""), "!", &shell.command);
        call.state = CallState::Ran { is_error: shell.is_error, millis: 0 };
        call.set_output(&shell.output);
        Self { call, exit: String::new(), is_of_person: true }
    }

    /// Takes in the result: the output the tool kept for the screen, else the text for the model.
    pub fn end(&mut self, result: &ToolReturned) {
        self.call.end(result);
        let output = result.data.get("output").and_then(Value::as_str);
        self.call.set_output(output.unwrap_or(&result.text));
        self.exit = exit_words(&result.data);
    }

    fn note(&self) -> String {
        let lines = match self.call.state {
            CallState::Waiting | CallState::Stopped(_) => 0,
            CallState::Running { .. } | CallState::Ran { .. } => self.call.output().lines().count(),
        };
        let count = match lines {
            0 => String::new(),
            1 => "1 line".to_owned(),
            _ => format!("{lines} lines"),
        };
        match (self.exit.is_empty(), count.is_empty()) {
            (true, _) => count,
            (false, true) => self.exit.clone(),
            (false, false) => format!("{} · {count}", self.exit),
        }
    }
}

/// `exit 101`, `signal 9`, `timed out`, `in the background`; empty for success.
fn exit_words(data: &Value) -> String {
    let number = |keys: &[&str]| keys.iter().find_map(|key| data.get(*key)?.as_i64());
    let is_set = |keys: &[&str]| keys.iter().any(|key| data.get(*key).and_then(Value::as_bool) == Some(true));
    if is_set(&["timed_out", "is_timed_out"]) {
        return "timed out".to_owned();
    }
    if is_set(&["background", "is_background"]) {
        return "in the background".to_owned();
    }
    match (number(&["exit_code", "exit", "code"]), number(&["signal"])) {
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(0) | None, None) => String::new(),
        (Some(code), None) => format!("exit {code}"),
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
        let fold = match (context.is_unfolded, self.call.state.has_failed(), self.is_of_person) {
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
