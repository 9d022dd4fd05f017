//! A task that a sub-agent carries out: one line that follows it, and its report when details are asked for.

use headwater_protocol::ToolCall;
use headwater_protocol::events::{ResultStatus, ToolReturned};
use serde_json::Value;

use super::tool::{plain_line, rows_of};
use super::{CellView, RenderContext, Role};
use crate::parts::{Call, CallState, Head};
use crate::subagents::{Agent, AgentState};
use crate::text::Row;

/// What stands in place of a name that a call does not say.
const UNNAMED: &str = "general";

/// A call of the task tool.
#[derive(Clone, Debug)]
pub struct TaskCell {
    /// The call; its name is that of the agent.
    pub call: Call,
    /// Whether it waits for the person.
    is_waiting: bool,
}

impl TaskCell {
    /// A task as the model asked for it.
    pub fn new(request: &ToolCall) -> Self {
        let field = |names: &[&str]| {
            names.iter().find_map(|name| request.input.get(name).and_then(Value::as_str)).map(str::to_owned)
        };
        let agent = field(&["agent", "subagent_type"]).unwrap_or_else(|| UNNAMED.to_owned());
        let title = field(&["description", "prompt"]).unwrap_or_default();
        let mut call = Call::with_summary(request.call.clone(), &agent, &title);
        "queued".clone_into(&mut call.note);
        Self { call, is_waiting: false }
    }

    /// Takes in how its sub-agent gets on.
    pub fn follow(&mut self, agent: &Agent) {
        if !self.call.state.is_live() {
            return;
        }
        self.is_waiting = agent.state() == AgentState::Waiting;
        self.call.state = CallState::Running { since_ms: agent.since_ms };
        self.call.note = agent.words();
    }

    /// Takes in the result.
    pub fn end(&mut self, result: &ToolReturned) {
        let followed = std::mem::take(&mut self.call.note);
        self.call.end(result);
        self.call.set_output(&result.text);
        if self.call.note.is_empty() && followed != "queued" {
            self.call.note = followed;
        }
        self.is_waiting = false;
    }

    /// What it came to, once its sub-agent is back.
    pub fn came_back(&mut self, agent: &Agent) {
        self.call.note = agent.words();
        self.is_waiting = false;
        // The result itself follows when all that were asked for together are back.
        if let Some(returned) = agent.returned.as_ref().filter(|_| self.call.state.is_live()) {
            let is_error = agent.state() == AgentState::Failed;
            self.call.state = match agent.state() {
                AgentState::Stopped => CallState::Stopped(ResultStatus::Cancelled),
                AgentState::Running | AgentState::Waiting | AgentState::Done | AgentState::Failed => {
                    CallState::Ran { is_error, millis: returned.millis }
                }
            };
        }
    }

    fn shown_state(&self) -> CallState {
        // A queue and a person have no clock.
        match self.call.state {
            CallState::Running { .. } if self.is_waiting => CallState::Waiting,
            state => state,
        }
    }
}

impl CellView for TaskCell {
    fn source(&self) -> &str {
        self.call.source()
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let head = Head { state: self.shown_state(), ..Head::of(&self.call) };
        rows_of(&self.call, head, context)
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        let note = if self.call.note.is_empty() { String::new() } else { format!(" ({})", self.call.note) };
        let line = plain_line(&self.call, &note);
        vec![line.replacen("Tool:", "Sub-agent:", 1)]
    }

    fn is_live(&self) -> bool {
        self.call.state.is_live()
    }

    fn is_animated(&self) -> bool {
        matches!(self.shown_state(), CallState::Running { .. })
    }
}
