//! Events of a turn: what was said, sent, spent, and how it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::end::EndReason;
use crate::ids::CallId;
use crate::message::StopSignal;
use crate::mode::ModeId;
use crate::units::{Tokens, Usage, Usd};

/// The person wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserMessage {
    /// The text as written; mentions stay in it.
    pub text: String,
}

/// The person ran a command (`!`); the model sees it with the next message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserShell {
    /// The script.
    pub command: String,
    /// Its output, shortened like a tool's.
    pub output: String,
    /// Whether it failed.
    pub is_error: bool,
}

/// A turn began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnStarted {
    /// Number of the turn, from 1.
    pub turn: u32,
    /// The mode that holds for it.
    pub mode: ModeId,
}

/// A request went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestSent {
    /// Number of the turn.
    pub turn: u32,
    /// Number of the request within the turn, from 1.
    pub step: u32,
    /// Digest of the projection; a replay must reproduce it.
    pub digest: String,
    /// Size of the projection, estimated.
    pub tokens: Tokens,
}

/// The model's message, complete or as far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssistantMessage {
    /// Everything it said to the person, joined.
    pub text: String,
    /// The order of text, reasoning and calls.
    pub blocks: Vec<AssistantBlock>,
    /// Vendor and model (`vendor/model`).
    pub origin: String,
    /// Why it stopped.
    pub stop: StopSignal,
}

impl AssistantMessage {
    /// Its texts as a person reads them: neighbours are one, reasoning parts them, blank ones are none.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut rest = self.text.as_str();
        for block in &self.blocks {
            match block {
                AssistantBlock::Call { .. } => {}
                AssistantBlock::Thinking { .. } => texts.push(String::new()),
                AssistantBlock::Text { bytes } => {
                    let (text, after) = rest.split_at_checked(*bytes).unwrap_or((rest, ""));
                    rest = after;
                    if let Some(last) = texts.last_mut() {
                        last.push_str(text);
                    }
                }
            }
        }
        texts.retain(|text| !text.trim().is_empty());
        texts
    }
}

/// A piece of an assistant message, as recorded: texts by their length in `text`, calls by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AssistantBlock {
    /// The next `bytes` of `text`.
    Text {
        /// Length in UTF-8 bytes.
        bytes: usize,
    },
    /// Reasoning.
    Thinking {
        /// The reasoning as far as shown.
        text: String,
        /// What the vendor wants echoed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// A call; its input stands in the `tool_called` record.
    Call {
        /// The call.
        call: CallId,
    },
}

/// The provider reported what a request consumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageReported {
    /// The figures.
    #[serde(flatten)]
    pub usage: Usage,
    /// What it cost; absent when the price is unknown.
    pub cost_usd: Option<Usd>,
    /// Milliseconds from the request to the end of the answer.
    pub millis: u64,
}

/// The harness spoke to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderInjected {
    /// Which reminder: the file name in `prompts/reminders/` or `modes/<mode>`.
    pub key: String,
    /// The text, without the tags around it.
    pub text: String,
}

impl ReminderInjected {
    /// Whether it keeps a turn from its end: what the model said before it is no part of its answer.
    pub fn refuses_answer(&self) -> bool {
        matches!(self.key.as_str(), "hooks/Stop" | "hooks/SubagentStop")
    }
}

/// A reminder was not given: there was no room for it among more urgent ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderDropped {
    /// Which reminder.
    pub key: String,
}

/// The turn ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnEnded {
    /// Number of the turn.
    pub turn: u32,
    /// Why.
    pub reason: EndReason,
    /// The final answer, or one sentence saying what now.
    pub text: String,
    /// Calls which were denied because nobody was there to ask.
    pub denied: u32,
    /// Model requests made.
    pub steps: u32,
}

/// Something failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// A stable name for scripts.
    pub kind: String,
    /// What failed and why.
    pub message: String,
    /// What to do next.
    pub next_step: String,
}
