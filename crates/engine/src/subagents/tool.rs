//! `task`: what the model sees of sub-agents. The turn itself carries a call out, since a sub-agent is bound by what
//! the turn may do.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::tool::schema_of;
use headwater_protocol::{Access, AnyTool, Capability, ToolContext, ToolOutcome, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::report::Shown;
use super::roster::Roster;

/// The name of the tool.
pub const TASK_TOOL: &str = "task";

/// The `task` tool of one session.
pub(crate) struct Task {
    roster: Arc<Roster>,
}

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The task in 3 to 6 words, for lists.
    pub(super) description: String,
    /// The whole task: the sub-agent sees nothing else of this conversation. Say what it is to report.
    pub(super) prompt: String,
    /// Which agent; default general.
    #[serde(default, alias = "subagent_type", skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
}

impl Task {
    pub(crate) fn new(roster: Arc<Roster>) -> Self {
        Self { roster }
    }

    /// Reads the input of a call; the error is a sentence for the model.
    pub(super) fn input(roster: &Roster, input: &Value) -> Result<Input, String> {
        let input = Input::deserialize(input).map_err(|error| error.to_string())?;
        if input.prompt.trim().is_empty() {
            return Err("the prompt is empty".to_owned());
        }
        if roster.find(input.agent.as_deref()).is_none() {
            let names: Vec<&str> = roster.names().collect();
            let wanted = input.agent.unwrap_or_default();
            return Err(format!("there is no agent \"{wanted}\"; there are: {}", names.join(", ")));
        }
        Ok(input)
    }
}

impl AnyTool for Task {
    fn spec(&self) -> ToolSpec {
        let description = format!(
            "Give a self-contained task to a sub-agent with a context of its own; its one report is the result. For \
             wide searches and independent parts; several calls in one message run in parallel. Agents:{}",
            self.roster.lines()
        );
        ToolSpec {
            name: TASK_TOOL.to_owned(),
            description,
            input_schema: schema_of::<Input>(),
            capability: Capability::Delegate,
        }
    }

    fn output_schema(&self) -> Option<Value> {
        Some(schema_of::<Shown<'_>>())
    }

    fn access(&self, input: &Value) -> Result<Access, String> {
        Self::input(&self.roster, input).map(|_| Access::Nothing)
    }

    fn run(&self, _input: Value, _context: ToolContext) -> BoxFuture<'_, ToolOutcome> {
        // Whatever runs tools without a turn has nothing that a sub-agent could be bound by.
        async { ToolOutcome::error("Sub-agents can only be started by a turn of the conversation.") }.boxed()
    }
}
