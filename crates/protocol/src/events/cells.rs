//! Events of `repl` blocks and of the child models they ask.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::corpus::PromptPiece;
use crate::ids::{ChildId, SessionId};
use crate::repl::{CellError, ChildKind, Variable};
use crate::units::{Usage, Usd};

/// A block began to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellStarted {
    /// Its number in the mission, from 1.
    pub cell: u32,
    /// The code.
    pub code: String,
}

/// A block came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellReturned {
    /// The block.
    pub cell: u32,
    /// What it printed, beginning and end.
    pub stdout: String,
    /// Bytes it printed in all.
    pub stdout_bytes: u64,
    /// The value of its last bare expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Why it stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CellError>,
    /// The answer it gave, if it did.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The variables it bound or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// What the root is told of it.
    pub text: String,
    /// Milliseconds it ran, waiting not counted.
    pub millis: u64,
    /// Milliseconds it waited for calls.
    pub waited_millis: u64,
}

/// A child model is asked. Written before the request goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChildStarted {
    /// The child; unique in the session.
    pub child: ChildId,
    /// The block that asks; absent for research and plans outside of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
    /// What it is.
    pub kind: ChildKind,
    /// Levels below the mission's root, from 1.
    pub depth: u32,
    /// Vendor and model (`vendor/model`).
    pub model: String,
    /// The prompt, texts of the corpus by reference.
    pub prompt: Vec<PromptPiece>,
    /// Digest of everything the answer depends on: an equal key is answered from the log.
    pub key: String,
    /// The session of a recursive child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<SessionId>,
}

/// A child came to its end; the only terminal result it will ever have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildReturned {
    /// The child.
    pub child: ChildId,
    /// How it ended.
    pub status: ChildStatus,
    /// What it said, or why it said nothing.
    pub text: String,
    /// What it consumed.
    pub usage: Usage,
    /// What that cost; absent when the price is unknown.
    pub cost_usd: Option<Usd>,
    /// Whether there is no answer.
    pub is_error: bool,
    /// Requests made, repetitions included.
    pub attempts: u32,
    /// Milliseconds from the first request to the end of the answer.
    pub millis: u64,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChildStatus {
    /// With an answer.
    Ok,
    /// With an answer that the output limit cut.
    Truncated,
    /// Without one.
    Error,
    /// It was cancelled, alone or with everything.
    Cancelled,
    /// The process ended while it was asked; it is asked again when it is needed again.
    Lost,
}
