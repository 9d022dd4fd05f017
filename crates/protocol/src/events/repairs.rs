//! Events of the repairs, which make a damaged or interrupted session whole again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CallId;

/// A repair was made; the records that make it good follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Repaired {
    /// Which repair.
    pub kind: RepairKind,
    /// The call it is about, if any.
    pub call: Option<CallId>,
    /// One sentence for the log.
    pub detail: String,
}

/// The log was written by an older program: from here on it is as this one writes it. What is before stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Migrated {
    /// The schema of the records before.
    pub from: u32,
    /// The schema of the records after.
    pub to: u32,
}

/// The classes of repair (HARNESS R-A and following).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepairKind {
    /// A call without a result got one; it is never run again by itself.
    DanglingCall,
    /// A child without an answer got its end; it is asked again when it is needed.
    LostChild,
    /// A sub-agent that had not come back got its end; it is never started again by itself.
    LostSubagent,
    /// A turn that never ended was ended.
    OpenTurn,
    /// The arguments of a call were no JSON as they came; what they said was kept, and nothing was added.
    Arguments,
    /// The model's message was recorded in half, so that nothing of it ran: the session went back to before it.
    UnfinishedMessage,
    /// A summary was asked for and never came to be: the messages stay as they were.
    UnfinishedEdit,
    /// A stored text that the log names was not there as the log has it, and was written again from the log.
    Rebuilt,
    /// A request was never reported on: it counts as it was estimated.
    UnreportedUsage,
    /// Lines of the log that cannot be read were set aside.
    Quarantined,
}
