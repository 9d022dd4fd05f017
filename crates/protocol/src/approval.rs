//! Approvals: who said what about a call, and for how long it holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer to an approval request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ApprovalDecision {
    /// Run it as asked.
    Allow,
    /// Run it with this input instead; the new input is judged again.
    Edit {
        /// The replaced input of the call.
        input: Value,
    },
    /// Do not run it.
    Deny {
        /// What the person said, told to the model word for word; empty when nothing was said.
        reason: String,
    },
}

/// How long an approval holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalScope {
    /// This call only.
    #[default]
    Once,
    /// Every call the shown rule matches, until the session ends.
    Session,
    /// Every call the shown rule matches, in this project.
    Project,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// A person at the screen.
    Person,
    /// A hook of the person's.
    Hook,
    /// The command line said yes beforehand (`--approve-mission`).
    Flag,
    /// Nobody was there to ask (headless): denied by the engine.
    Nobody,
}
