//! Events of missions: the card, its approval, the end; and the answer that is checked before it is believed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::approval::Approver;
use crate::card::{Grant, MissionBudget, MissionCard};
use crate::contract::{ContractSource, Gap, TaskContract};
use crate::corpus::CorpusSummary;
use crate::end::EndReason;
use crate::events::CompletionReport;
use crate::ids::SessionId;
use crate::units::{Usage, Usd};

/// A mission began: the second record of its own session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionStarted {
    /// What was asked.
    pub question: String,
    /// The context variable, by digest.
    pub corpus: CorpusSummary,
    /// What it may take at most until a card says otherwise.
    pub budget: MissionBudget,
    /// The child model, `vendor/model`.
    pub child_model: String,
    /// The seed of everything random.
    pub seed: u64,
    /// Levels above it: 0 for the mission itself.
    pub depth: u32,
}

/// A card was put before the person. Another one of the same mission replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionProposed {
    /// The mission's session.
    pub mission: SessionId,
    /// Number of the card in the mission, from 1.
    pub revision: u32,
    /// The card.
    pub card: Box<MissionCard>,
    /// Its hash.
    pub hash: String,
    /// What still keeps it from being approved, one sentence each.
    pub lint: Vec<String>,
}

/// The card was approved; nothing ran before this record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionApproved {
    /// The mission's session.
    pub mission: SessionId,
    /// The hash of the card that was approved.
    pub hash: String,
    /// What it may touch.
    pub grant: Grant,
    /// What it may take.
    pub budget: MissionBudget,
    /// Who said so.
    pub by: Approver,
}

/// The card was sent back with words, or changed by the person; another card follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissionRevised {
    /// The mission's session.
    pub mission: SessionId,
    /// What the person wants otherwise.
    pub words: String,
}

/// The card was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissionRejected {
    /// The mission's session.
    pub mission: SessionId,
    /// Why, in the person's words; may be empty.
    pub reason: String,
}

/// The mission would go beyond its card, and waits; the amended card follows as a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissionAmended {
    /// The mission's session.
    pub mission: SessionId,
    /// What would change, in one line.
    pub change: String,
}

/// The mission came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionEnded {
    /// The mission's session.
    pub mission: SessionId,
    /// How.
    pub reason: EndReason,
    /// The answer and the table of what was expected and what came.
    pub report: String,
    /// Calls of child models.
    pub calls: u32,
    /// Everything its models consumed.
    pub usage: Usage,
    /// What it cost, as far as known.
    pub cost_usd: Usd,
}

/// What must hold before "done" is believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContractDeclared {
    /// The contract as it holds from now on, with what was declared before and still holds.
    pub contract: TaskContract,
    /// Whose word it is: the model's adds to the person's and never takes anything from it.
    #[serde(default)]
    pub by: ContractSource,
    /// Requirements in a contract of the person that the model declared and that the person left as they were: they stay
    /// the model's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_to_model: Vec<String>,
}

/// The model gave its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FinalProposed {
    /// The answer.
    pub text: String,
    /// How the work stands as it is called done, before anything of it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CompletionReport>,
}

/// The answer was checked and holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FinalAccepted {
    /// The answer.
    pub text: String,
}

/// The answer was checked and does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FinalRefused {
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// What the model was told.
    pub text: String,
}
