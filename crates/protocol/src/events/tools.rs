//! Events of tool calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::CallId;
use crate::message::ToolCall;
use crate::todo::Todo;
use crate::tool::{Blob, FileTouch, Question};

/// The model asked for a call. Exactly one `tool_returned` follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCalled {
    /// The call: `call`, `name`, `input`.
    #[serde(flatten)]
    pub request: ToolCall,
}

/// A call came to its end; the only terminal result it will ever have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolReturned {
    /// The call.
    pub call: CallId,
    /// The tool.
    pub name: String,
    /// Whether it failed.
    pub is_error: bool,
    /// How it ended.
    pub status: ResultStatus,
    /// What the model reads.
    pub text: String,
    /// What the screen draws.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// Notes which follow the result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<String>,
    /// Bulky output that was stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blobs: Vec<Blob>,
    /// Files read or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileTouch>,
    /// Milliseconds it ran.
    pub millis: u64,
}

impl ToolReturned {
    /// The result of a call that ran well and has said this.
    pub fn ran(call: CallId, name: String, text: String) -> Self {
        Self { is_error: false, ..Self::of_none(call, name, ResultStatus::Ran, text) }
    }

    /// The result of a call of which there is none: it did not run, or nobody knows how it ended.
    pub fn of_none(call: CallId, name: String, status: ResultStatus, text: String) -> Self {
        Self {
            call,
            name,
            is_error: true,
            status,
            text,
            data: Value::Null,
            reminders: Vec::new(),
            blobs: Vec::new(),
            files: Vec::new(),
            millis: 0,
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// It ran; `is_error` says with what success.
    Ran,
    /// The policy or a person said no.
    Denied,
    /// It was refused before running: malformed arguments, an unknown tool.
    Refused,
    /// It was refused because it had given the same result too often.
    Repeated,
    /// It was interrupted.
    Cancelled,
    /// The process ended while it ran; whether it took effect is unknown.
    Lost,
}

/// The model asks the person; the turn waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionAsked {
    /// The question.
    #[serde(flatten)]
    pub question: Question,
}

/// The todo list was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TodosChanged {
    /// The whole list.
    pub todos: Vec<Todo>,
}
