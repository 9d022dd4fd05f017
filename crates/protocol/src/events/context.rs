//! Events of what the model sees: a summary is asked for, the conversation is edited.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context_edit::{ContextEditPlan, EditKind};
use crate::units::Tokens;

/// What the model sees changes. Recorded before it takes effect; the messages it replaces stay in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextEdited {
    /// What it does in the main.
    pub kind: EditKind,
    /// Size of the next request before it, estimated.
    pub before: Tokens,
    /// Size of the next request after it, estimated.
    pub after: Tokens,
    /// The plan.
    #[serde(flatten)]
    pub plan: ContextEditPlan,
}

/// A summary is asked for. The request is a function of the state and of these fields, as `request_sent` is of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryRequested {
    /// What is asked.
    #[serde(flatten)]
    pub ask: SummaryAsk,
    /// Digest of the request; a replay must reproduce it.
    pub digest: String,
    /// Its size, estimated.
    pub tokens: Tokens,
}

/// What a summary is to be of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryAsk {
    /// The record that began the first message which is not to be summarized.
    pub before: u64,
    /// What the person wants it to keep above all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<String>,
    /// The most words it may have.
    pub words: u32,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// The most that the request for it may take, where a server has refused less than the window that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Tokens>,
    /// The message that asks, word for word; absent in logs of older programs, which all asked with the same words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}
