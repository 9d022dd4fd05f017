//! Events of the policy: what was asked, what was answered, which rules came and went.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Confinement;
use crate::approval::{ApprovalDecision, ApprovalScope, Approver};
use crate::ids::CallId;

/// The calls of the model's last message stand at the gate, where a person is asked, or have passed it. Between the two
/// none of them has begun: a process that ends there leaves them waiting, and another may go on with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallsGated {
    /// Whether all of them are decided on: from here on they run.
    pub is_passed: bool,
    /// Those of them whose input has what looks like the mark of a secret by itself: nothing was taken out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unredacted: Vec<CallId>,
}

/// A call waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRequested {
    /// The call.
    pub call: CallId,
    /// The rule which asks, as it is written, or the name of the built-in one.
    pub rule: String,
    /// Why it asks: one sentence naming the part that matched.
    pub why: String,
    /// The rules that a session or project approval would save; empty when it can only be allowed once.
    pub offers: Vec<String>,
    /// What would be touched outside the usual confinement; empty when nothing is.
    pub effect: String,
    /// Whether it belongs to the catastrophic set.
    pub is_catastrophic: bool,
    /// The input as it would run, where a hook changed that of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
}

/// An approval request was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalGiven {
    /// The call.
    pub call: CallId,
    /// `allow`, `edit` or `deny`.
    pub decision: ApprovalDecision,
    /// How long it holds.
    pub scope: ApprovalScope,
    /// Who answered.
    pub by: Approver,
    /// The rules that hold from here on for as long as `scope` says, in the syntax of the settings: the yes and what it gives are
    /// one fact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// A call was let run that reaches the network: the audit of what left this machine, and why it might.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallAllowed {
    /// The call.
    pub call: CallId,
    /// The rule that let it pass, as it is written, or the name of the built-in one; empty where an answer did.
    pub rule: String,
    /// What it runs under.
    pub confinement: Confinement,
}

/// A permission rule was added that no answer in this log gives: a sub-agent was given it for the whole session, or an older
/// program wrote each rule by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleAdded {
    /// The rule in the syntax of the settings.
    pub rule: String,
    /// Where it holds.
    pub scope: ApprovalScope,
}

/// A permission rule was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRevoked {
    /// The rule in the syntax of the settings.
    pub rule: String,
    /// Where it held.
    pub scope: ApprovalScope,
}
