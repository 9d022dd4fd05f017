//! Messages as the model sees them, assembled from records by the conversation view.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::CallId;
use crate::tool::{MCP_PREFIX, MCP_TOOL};

/// One message of a projection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// From the person, or from the harness on its behalf. Never empty; wires join the parts with a blank line.
    User {
        /// Texts in the order in which they were written.
        parts: Vec<String>,
    },
    /// From the model.
    Assistant {
        /// What it said, in order.
        blocks: Vec<Block>,
        /// Vendor and model that said it (`vendor/model`): reasoning is only echoed to the same one.
        origin: String,
    },
    /// The terminal result of one tool call.
    ToolResult {
        /// The call it answers.
        call: CallId,
        /// The tool's name.
        name: String,
        /// What the model reads.
        text: String,
        /// Whether the call failed.
        is_error: bool,
    },
}

impl Message {
    /// A user message of one part.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { parts: vec![text.into()] }
    }
}

/// A piece of an assistant message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Text for the person.
    Text {
        /// Markdown.
        text: String,
    },
    /// Reasoning, shown folded.
    Thinking {
        /// The reasoning as far as the provider shows it.
        text: String,
        /// What the vendor wants echoed with it (a signature, encrypted reasoning).
        signature: Option<String>,
    },
    /// A request to run a tool.
    Call(ToolCall),
}

/// A request of the model to run a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// Unique in the session; remapped when the provider's own id was empty or used before (HARNESS T2).
    pub call: CallId,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// The arguments; an empty object when they could not be parsed.
    pub input: Value,
    /// Set when the arguments were no JSON: such a call is never executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<MalformedInput>,
}

impl ToolCall {
    /// The name of the tool that the call is really for: one that goes through [`MCP_TOOL`] counts for the tool it names.
    pub fn acts_as(&self) -> &str {
        let named =
            || self.input.get("tool").and_then(Value::as_str).filter(|name| name.starts_with(MCP_PREFIX));
        let is_calling =
            self.name == MCP_TOOL && self.input.get("action").is_some_and(|action| action == "call");
        if is_calling { named().unwrap_or(&self.name) } else { &self.name }
    }
}

impl ToolCall {
    /// The call as the tool gets it that it is really for, by what is known of it alone: what a person is shown of it.
    pub fn meant(&self) -> Cow<'_, Self> {
        let name = self.acts_as();
        if name == self.name {
            return Cow::Borrowed(self);
        }
        let input =
            self.input.get("arguments").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        Cow::Owned(Self { name: name.to_owned(), input, ..self.clone() })
    }
}

/// Arguments that could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MalformedInput {
    /// What the model wrote.
    pub raw: String,
    /// Why it is no JSON, with line and column.
    pub error: String,
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopSignal {
    /// It was done.
    EndTurn,
    /// It waits for tool results.
    ToolCalls,
    /// The output limit cut it off.
    Length,
    /// The provider's filter cut it off.
    Filtered,
    /// The stream was cut, or a person interrupted; what had arrived is kept.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn s7_a_call_through_mcp_counts_for_the_tool_that_it_names() {
        let table = [
            ("shell", json!({"tool": "mcp__a__b"}), "shell", json!({"tool": "mcp__a__b"})),
            ("mcp__a__b", json!({"x": 1}), "mcp__a__b", json!({"x": 1})),
            (
                "mcp",
                json!({"action": "search", "tool": "mcp__a__b"}),
                "mcp",
                json!({"action": "search", "tool": "mcp__a__b"}),
            ),
            (
                "mcp",
                json!({"action": "call", "tool": "mcp__a__b", "arguments": {"x": 1}}),
                "mcp__a__b",
                json!({"x": 1}),
            ),
            ("mcp", json!({"action": "call", "tool": "mcp__a__b"}), "mcp__a__b", json!({})),
            (
                "mcp",
                json!({"action": "call", "tool": "shell"}),
                "mcp",
                json!({"action": "call", "tool": "shell"}),
            ),
        ];
        for (name, input, expected, arguments) in table {
            let call = ToolCall { call: "c".into(), name: name.into(), input, malformed: None };
            assert_eq!((call.acts_as(), &call.meant().input), (expected, &arguments));
        }
    }
}
