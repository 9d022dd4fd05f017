//! Changes of what the model sees. A plan is a record before it takes effect; the log keeps all that it replaces.
//!
//! *Invariants:* an edit names what it changes by record or call, never by place; a range never ends between a call
//! and its result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CallId;
use crate::tool::Blob;
use crate::units::Tokens;

/// A text in the conversation that an edit can replace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Passage {
    /// The result of a call.
    Result(CallId),
    /// The part of a user message that this record contributed.
    Part(u64),
    /// The input of a call; what stands in its place is JSON, an object with the same keys.
    Input(CallId),
    /// What the model said in the message that this record is; its calls stay.
    Said(u64),
    /// What the model thought in the message that this record is. What stands in its place has no signature.
    Thought(u64),
}

/// What stands in the place of a passage from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// What is replaced.
    pub passage: Passage,
    /// What the model reads instead.
    pub text: String,
}

/// One change (HARNESS X2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum ContextEdit {
    /// A long text is stored: its beginning, its end and the way to all of it stay.
    Externalize {
        /// What is replaced, and with what.
        #[serde(flatten)]
        replacement: Replacement,
        /// Where all of it is; written before this record.
        blob: Blob,
    },
    /// Outputs give way to a line each; the calls stay, with shortened inputs where passages name those too.
    ClearResults {
        /// What is replaced, and with what.
        cleared: Vec<Replacement>,
    },
    /// The oldest messages give way to a summary: one message, and the only summary from now on.
    Summarize {
        /// The record that began the first message which stays.
        before: u64,
        /// The summary.
        text: String,
        /// Records whose parts stay behind the summary, byte for byte.
        keep: Vec<u64>,
    },
    /// The oldest messages are left out.
    Drop {
        /// The record that began the first message which stays.
        before: u64,
        /// What the model is told of it.
        text: String,
        /// Records whose parts stay, byte for byte; a summary among them stays in front.
        keep: Vec<u64>,
    },
    /// The system prompt is another.
    Reframe {
        /// All of it.
        system: String,
    },
}

/// Why a plan was made (HARNESS X1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditReason {
    /// The next request would fill the window beyond what is wise.
    Pressure,
    /// The server found the request too long.
    Refused,
    /// The person asked for it.
    Asked,
}

/// What the plan does in the main; it may bring edits of lighter kinds with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    /// Long texts are stored.
    Externalize,
    /// Old outputs are cleared.
    ClearResults,
    /// The oldest messages are summarized.
    Summarize,
    /// The oldest messages are left out.
    Drop,
    /// The system prompt is another.
    Reframe,
}

/// Edits that take effect together, so that a cached prefix breaks at most once (HARNESS X6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextEditPlan {
    /// Why.
    pub reason: EditReason,
    /// Tokens that it saves, estimated.
    pub estimate: Tokens,
    /// The changes, in the order in which they are made.
    pub edits: Vec<ContextEdit>,
}

impl EditKind {
    /// What it does, as a person reads it: `cleared results`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Externalize => "stored long texts",
            Self::ClearResults => "cleared old results",
            Self::Summarize => "summarized older messages",
            Self::Drop => "dropped older messages",
            Self::Reframe => "changed the system prompt",
        }
    }
}

impl ContextEditPlan {
    /// Passages that it replaces.
    pub fn replaced(&self) -> usize {
        self.edits
            .iter()
            .map(|edit| match edit {
                ContextEdit::Externalize { .. } => 1,
                ContextEdit::ClearResults { cleared } => cleared.len(),
                ContextEdit::Summarize { .. } | ContextEdit::Drop { .. } | ContextEdit::Reframe { .. } => 0,
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{ContextEdited, Header, SessionStarted};
    use crate::views::{SessionView, fold};
    use crate::{Bytes, ModeId, ModelInfo, Record, Timestamp};

    fn edits() -> Vec<ContextEdit> {
        let replacement = |passage| Replacement { passage, text: "short".into() };
        let blob = Blob { id: "context-3".into(), bytes: Bytes(9), sha256: "00".into() };
        vec![
            ContextEdit::Externalize { replacement: replacement(Passage::Result("c".into())), blob },
            ContextEdit::ClearResults {
                cleared: vec![replacement(Passage::Part(4)), replacement(Passage::Input("c".into()))],
            },
            ContextEdit::Summarize { before: 7, text: "sum".into(), keep: vec![1] },
            ContextEdit::Drop { before: 9, text: "gone".into(), keep: vec![] },
            ContextEdit::Reframe { system: "another".into() },
            ContextEdit::ClearResults {
                cleared: vec![replacement(Passage::Said(5)), replacement(Passage::Thought(5))],
            },
        ]
    }

    fn record(seq: u64, event: impl Into<crate::Event>) -> Record {
        Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event: event.into() }
    }

    fn edited() -> ContextEdited {
        let plan = ContextEditPlan { reason: EditReason::Asked, estimate: Tokens(3), edits: edits() };
        ContextEdited { kind: EditKind::Summarize, before: Tokens(9), after: Tokens(6), plan }
    }

    #[test]
    fn x2_every_kind_reads_back_as_written() {
        let record = record(0, edited());
        let line = record.to_line().unwrap();
        assert_eq!(Record::from_line(&line).unwrap(), record);
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&json["kind"], &json["before"], &json["after"]),
            (&"summarize".into(), &9.into(), &6.into())
        );
        assert_eq!(json["edits"][0]["passage"], serde_json::json!({"result": "c"}));
    }

    #[test]
    fn x2_a_reframed_session_has_another_system_prompt() {
        let started = SessionStarted {
            schema: 1,
            version: String::new(),
            workspace: String::new(),
            vendor: String::new(),
            model: ModelInfo::unknown("m"),
            mode: ModeId::Agent,
            header: Header { system: "one".into(), tools: [].into() },
        };
        let view: SessionView = fold(&[record(0, started), record(1, edited())]);
        assert_eq!(view.header.unwrap().system.as_ref(), "another");
    }
}
