//! Sub-agents: the `task` tool hands a part of the work to a turn of its own, in a session of its own, and gets one
//! report back (HARNESS D2, S4).
//!
//! *Invariants:* a sub-agent sees its task, its definition and the project's instructions, nothing of the conversation;
//! its tools and its mode are never more than those of the turn that started it, and it starts none itself; whatever
//! happens to it, the call gets one result and the log its start and its end.
//!
//! *The seam:* `turn/perform.rs` begins a call of the class `Delegate` here and writes what an [`Errands`] journals
//! while the batch runs; the loop of the turn knows nothing of it.

mod definition;
mod errands;
mod passing;
mod purse;
mod report;
mod roster;
mod session;
mod setup;
mod terms;
mod tool;
mod work;

pub use definition::{AgentDefinition, AgentModel, AgentTools, built_in};
pub(crate) use errands::{Above, Errands};
pub use roster::Roster;
pub use setup::SubagentSetup;
pub(crate) use setup::Subagents;
pub use tool::TASK_TOOL;
