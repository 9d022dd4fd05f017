//! The reducer, driven by keys and updates, without a runtime or a terminal.

mod approvals;
mod composing;
mod deciding;
mod missions;
mod modes;
mod popups;
mod random;
mod rewinding;
pub(crate) mod stage;
mod subagents;
pub(crate) mod voyage;
