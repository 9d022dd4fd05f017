//! How a turn ends: a typed reason, its exit code, and what a person can do next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The model finished.
    Done,
    /// A person interrupted it.
    Interrupted,
    /// The process was told to terminate.
    Terminated,
    /// Only a person can go on: calls were denied for want of one.
    NeedsPerson,
    /// The step limit was reached.
    MaxSteps,
    /// The cost limit was reached.
    MaxCost,
    /// The time limit was reached.
    MaxTime,
    /// The same call with the same result again and again, or no progress.
    Stalled,
    /// Too many steps in a row failed.
    Failures,
    /// The conversation no longer fits the model's window.
    WindowFull,
    /// A hook of the person's ended it, or would not let it end.
    HookStop,
    /// What the contract asks for is not there.
    ContractUnmet,
    /// The budget of the mission is used up; what was found is kept.
    BudgetSpent,
    /// The provider failed for good.
    ProviderFailed,
    /// Something else failed; a `failed` record says what.
    Error,
}

impl EndReason {
    /// The process exit code of `exec` (INTERFACE, "Exit codes").
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::NeedsPerson => 3,
            Self::ContractUnmet => 4,
            Self::BudgetSpent
            | Self::MaxSteps
            | Self::MaxCost
            | Self::MaxTime
            | Self::Stalled
            | Self::Failures
            | Self::WindowFull
            | Self::HookStop => 5,
            Self::ProviderFailed => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Whether something came in its way: it neither finished nor waits for somebody, and nobody ended it.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Done | Self::Interrupted | Self::Terminated | Self::NeedsPerson => false,
            Self::MaxSteps
            | Self::MaxCost
            | Self::MaxTime
            | Self::Stalled
            | Self::Failures
            | Self::ContractUnmet
            | Self::BudgetSpent
            | Self::WindowFull
            | Self::HookStop
            | Self::ProviderFailed
            | Self::Error => true,
        }
    }

    /// One sentence: what happened and what to do now.
    pub fn what_now(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::Interrupted => "Interrupted; say how to go on.",
            Self::Terminated => "Terminated; resume the session to go on.",
            Self::NeedsPerson => {
                "A person must approve the next step; open the session with `headwater resume` and say how to go on."
            }
            Self::MaxSteps => "The step limit was reached; raise --max-steps or say \"continue\".",
            Self::MaxCost => "The cost limit was reached; raise --max-cost to go on.",
            Self::MaxTime => "The time limit was reached; raise --max-time to go on.",
            Self::Stalled => "No progress: the last steps brought nothing new; say what to try instead.",
            Self::Failures => "Too many steps failed in a row; look at the last errors and say how to go on.",
            Self::WindowFull => {
                "The conversation fills the model's window; go back with /rewind, or begin anew with /new."
            }
            Self::HookStop => {
                "A hook stopped it; the message above says which and why, and /hooks lists those in force."
            }
            Self::ContractUnmet => {
                "What the contract asks for is not there, as listed above; say how to go on, or change or drop it with /contract."
            }
            Self::BudgetSpent => "The mission's budget is used up; raise it and resume to go on from here.",
            Self::ProviderFailed => "The provider failed; run `headwater doctor`, then resume the session.",
            Self::Error => "Something failed; the message above says what.",
        }
    }
}

/// A hard limit of a run (HARNESS Z1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// Model requests a turn may make.
    pub max_steps: Option<u32>,
    /// US dollars a session may cost.
    pub max_cost_usd: Option<f64>,
    /// Seconds a turn may take, waiting for a person not counted.
    pub max_seconds: Option<u64>,
    /// Steps in a row in which every call failed.
    pub max_failures: Option<u32>,
    /// Seconds a question whether a call may run waits for a person; then the answer is no.
    #[serde(default)]
    pub max_approval_seconds: Option<u64>,
}
