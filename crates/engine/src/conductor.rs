//! Conducting a mission from a conversation: research and card, the person's decision, execution, report
//! (RECURSIVE §7).
//!
//! *Invariants:* nothing runs before the card's approval is a record; what is approved is bound to the card's hash; the
//! conversation's log holds what a person decided and one report, the mission's own log holds the work.

mod amending;
mod bench;
mod commands;
mod deciding;
mod drafting;
mod executing;
mod hooking;
mod made;
mod mentions;
mod safekeeping;
mod tools;
mod trial;
mod undoing;
mod verifier;
mod workshop;

pub(crate) use amending::{is_amendment, withdraw};
pub(crate) use deciding::{Decided, decide};
pub(crate) use drafting::{Drafting, Revising};
pub(crate) use executing::{Executed, execute};
pub(crate) use undoing::undo;
pub use workshop::{ChildConnector, MissionSetup};
pub(crate) use workshop::{MissionError, Workshop};
