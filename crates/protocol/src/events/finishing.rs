//! Events of a checked finish: what the contract asks for, as far as it is met, and what is not known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The host looked at the contract; what it says replaces what it said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageChanged {
    /// Every requirement, in the contract's order.
    pub coverage: Vec<Coverage>,
}

/// One requirement of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The required output.
    pub id: String,
    /// Whether it holds.
    pub is_met: bool,
    /// What was found, in one sentence; may be empty where it holds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
    /// Records that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<u64>,
}

/// How the work stands when the model calls it done (HARNESS Z4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompletionReport {
    /// Files that were made or changed in the session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliverables: Vec<String>,
    /// The contract as far as it was known to be met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Coverage>,
    /// What is assumed or not known, and not settled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_questions: Vec<String>,
    /// How sure the model is, from 0 to 1, as far as it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// Something is assumed or not known; an entry with the same id replaces the earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UncertaintyNoted {
    /// The entry.
    #[serde(flatten)]
    pub uncertainty: Uncertainty,
}

/// An entry of the register of what is not known (HARNESS Z7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Uncertainty {
    /// Unique in the session.
    pub id: String,
    /// What it is.
    pub kind: UncertaintyKind,
    /// In one sentence.
    pub text: String,
    /// What or who would settle it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resolver: String,
    /// Where it stands.
    pub status: UncertaintyStatus,
}

/// What is uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UncertaintyKind {
    /// Taken for true without a check.
    Assumption,
    /// Not known.
    Unknown,
}

/// Where an uncertainty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UncertaintyStatus {
    /// Nothing has settled it.
    Open,
    /// It was settled.
    Resolved,
    /// The person goes on with it as it is ("ship with assumptions").
    Accepted,
}
