//! What the worker says. It is not trusted: whatever does not look like this ends it.

use headwater_protocol::corpus::PromptPiece;
use headwater_protocol::repl::{ChildKind, Variable};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message of the worker.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum FromWorker {
    /// So many frames of text follow, which the message after them names by their numbers.
    Apart {
        /// How many.
        count: usize,
    },
    /// It waits for the first block.
    Ready,
    /// A block ended.
    Done(Box<Report>),
    /// A large variable of the block that is about to end.
    Entry {
        /// The variable.
        entry: Kept,
    },
    /// The value that was asked for.
    Value {
        /// Absent when no such variable is bound.
        found: Option<Found>,
    },
    /// The variables that were asked for.
    Variables {
        /// All of them.
        variables: Vec<Variable>,
    },
    /// A variable is bound.
    Assigned {
        /// What is to be kept of it, unless it is large and went ahead.
        entries: Vec<Kept>,
        /// Names that are bound no more.
        gone: Vec<String>,
    },
    /// The variables of a snapshot are bound.
    Restored {
        /// Those that could not be.
        lost: Vec<String>,
    },
    /// The block asks models.
    Query { id: u64, kind: ChildKind, queries: Vec<WireQuery> },
    /// The block calls a tool.
    Tool { id: u64, name: String, input: Value },
    /// The block asks for a plan.
    Plan { id: u64, task: String, question: String, over: Vec<WirePiece>, options: Value, is_run: bool },
    /// A helper needs its part in the host.
    Helper { id: u64, name: String, input: Value },
    /// Texts of the context are wanted.
    Parts { id: u64, indexes: Vec<usize> },
}

/// The value of a variable.
#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) value: Value,
}

/// What the worker says of a block that ended.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) stdout: String,
    pub(crate) stdout_bytes: u64,
    pub(crate) shown: Option<String>,
    pub(crate) error: Option<Failure>,
    #[serde(rename = "final")]
    pub(crate) answer: Option<Found>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) changed: Vec<String>,
    pub(crate) hints: Vec<String>,
    /// What is to be kept of the variables, but for the large ones, which went ahead.
    pub(crate) entries: Vec<Kept>,
    pub(crate) gone: Vec<String>,
}

/// Why a block stopped.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) line: Option<u32>,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) is_interrupted: bool,
}

/// What is kept of a variable. The host never looks into `data`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) name: String,
    /// `json`, `pickle` (base64), `code`, `module`, `whole` (a part of the context), or `lost`.
    pub(crate) how: String,
    pub(crate) data: Value,
}

/// One question, as the worker writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireQuery {
    pub(crate) prompt: Vec<WirePiece>,
    pub(crate) about: Vec<WirePiece>,
    pub(crate) tier: WireTier,
    pub(crate) schema: Option<Value>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) max_calls: Option<u32>,
}

/// Which model is asked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireTier {
    Cheap,
    Strong,
}

/// A piece of a prompt, as the worker writes it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum WirePiece {
    Span { source: String, start: u64, end: u64 },
    Text { text: String },
}

impl From<WirePiece> for PromptPiece {
    fn from(piece: WirePiece) -> Self {
        match piece {
            WirePiece::Span { source, start, end } => Self::Span { source, start, end },
            WirePiece::Text { text } => Self::Text { text },
        }
    }
}
