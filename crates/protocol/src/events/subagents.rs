//! Events of sub-agents: turns of their own, with one report back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::end::EndReason;
use crate::ids::{CallId, SessionId};
use crate::mode::ModeId;
use crate::units::{Usage, Usd};

/// A sub-agent began; its own session holds everything it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubagentStarted {
    /// The call that asks for it.
    pub call: CallId,
    /// Its session.
    pub opened: SessionId,
    /// Which sub-agent of the session above it is, from 1; the ids of its calls begin with it.
    #[serde(default)]
    pub number: u32,
    /// The name of its definition.
    pub agent: String,
    /// What it is to do, in a few words, for lists.
    pub title: String,
    /// Vendor and model (`vendor/model`).
    pub model: String,
    /// The mode that holds for it.
    pub mode: ModeId,
    /// The tools it has.
    pub tools: Vec<String>,
    /// What foreign text the session above had read: it may stand in the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
}

/// A sub-agent came to its end; the only terminal report it will ever have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SubagentReturned {
    /// The call that asked for it.
    pub call: CallId,
    /// Its session.
    pub opened: SessionId,
    /// How it ended.
    pub reason: EndReason,
    /// Its report, or why there is none.
    pub text: String,
    /// Model requests it made.
    pub steps: u32,
    /// What it consumed.
    pub usage: Usage,
    /// What that cost; absent when a price is unknown.
    pub cost_usd: Option<Usd>,
    /// Milliseconds it took.
    pub millis: u64,
    /// What foreign text it had read: it may stand in the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
}
