//! Hooks: commands of the person that run at fixed points of a session, in the form in which other agents know them.
//!
//! *Invariants:* every run is a record, and what a hook changes is in ordinary records, so that a replay needs no hook; a
//! hook that crashes, hangs, floods or talks nonsense changes nothing and is said; nothing that a project brings runs
//! before the person said yes to exactly that. *Not here:* what a decision of a hook is worth against the policy (the gate).

mod book;
mod condition;
mod drawing;
mod form;
mod matcher;
mod mission;
mod occasion;
mod outcome;
mod output;
mod place;
mod plugin_code;
mod process;
mod run;
mod seal;
mod shelf;
mod transcript;
mod vocabulary;

pub use book::HookPlaces;
pub use drawing::DrawingSetup;
pub(crate) use drawing::{Stage, attach};
pub use form::StatusLine;
pub(crate) use mission::MissionHooks;
pub(crate) use occasion::{Occasion, wanted_input};
pub(crate) use outcome::{Outcome, Reasoned};
pub use process::WITHIN_HOOK;
pub(crate) use run::Seat;
pub use seal::program_digests;
pub use shelf::HookSetup;
pub(crate) use shelf::{AgentName, Hooks};
