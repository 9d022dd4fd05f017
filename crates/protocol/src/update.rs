//! What the engine tells front ends. What must survive a replay is a record; streaming is a delta.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::ids::{CallId, SessionId};
use crate::mode::ModeId;
use crate::op::Answer;
use crate::record::Record;

/// Engine → front end.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A durable fact.
    Record(Arc<Record>),
    /// Streaming and progress; lost on a replay, and never needed by one.
    Delta(Delta),
    /// The answer to a query.
    Answer(Answer),
    /// The engine has ended; nothing follows.
    Closed,
}

/// A passing event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    /// More text of the assistant message being received.
    Text {
        /// The next piece.
        text: String,
    },
    /// More reasoning.
    Thinking {
        /// The next piece.
        text: String,
    },
    /// The model is writing a tool call.
    CallProgress {
        /// Position among the calls of this answer.
        index: usize,
        /// The tool's name.
        name: String,
        /// Bytes of arguments received so far.
        bytes: usize,
    },
    /// A tool began to run, after policy and approval.
    ToolStarted {
        /// The call.
        call: CallId,
    },
    /// Live output of a running tool.
    ToolOutput {
        /// The call.
        call: CallId,
        /// The next piece.
        text: String,
    },
    /// The engine waits for something; the screen shows a timer.
    Waiting {
        /// For what.
        on: Waiting,
    },
    /// A message was queued behind the running turn.
    Queued {
        /// How many wait now.
        count: usize,
    },
    /// A mode was chosen during a turn; it holds from the next one on.
    ModePending {
        /// The mode to come.
        mode: ModeId,
    },
    /// How research gets on.
    Research {
        /// What it is doing.
        phase: &'static str,
        /// Calls of the cheap model so far and the most of them, then those of the strong one.
        calls: [u32; 4],
        /// Novelty of each answer, 0 to 1, in order.
        novelty: Vec<f64>,
        /// Bytes of the corpus that were read, and all of them.
        coverage: (u64, u64),
        /// What it cost so far, as far as known.
        cost_usd: f64,
    },
    /// A mission's children: how many wait, are asked, and are allowed at once.
    Children {
        /// Waiting for their turn.
        queued: usize,
        /// Being asked.
        running: usize,
        /// How many may be asked at once now.
        width: usize,
    },
    /// A passing event of a sub-agent.
    Within {
        /// Its session.
        session: SessionId,
        /// What passes there.
        delta: Box<Delta>,
    },
    /// Hooks of the person's change what the screen draws; nothing else changes.
    Drawn {
        /// What is drawn.
        what: Drawn,
    },
    /// Something a person should know that is no fact of the session.
    Notice {
        /// One sentence.
        text: String,
    },
}

/// What hooks want the screen to draw. It is foreign text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drawn {
    /// The status line of the person's own; an empty one is none.
    StatusLine {
        /// One line, perhaps with colours as terminals read them.
        text: String,
        /// Columns left free beside it.
        padding: u16,
    },
    /// What stands for the texts of the answer whose record comes next.
    Message {
        /// Each of them ([`crate::events::AssistantMessage::texts`]), in order.
        texts: Vec<String>,
    },
}

/// What the engine waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Waiting {
    /// The model's first byte.
    Model,
    /// A retry of the request.
    Retry {
        /// The attempt which failed, from 1.
        attempt: u32,
        /// Time until the next attempt.
        after: Duration,
        /// Why, in one sentence.
        reason: String,
    },
}
