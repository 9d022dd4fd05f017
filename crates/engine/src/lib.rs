//! The actor: turns, modes, repairs, stops, sessions.
//!
//! *Invariants:* the transcript is the only truth; a state that matters is recorded before anything acts on
//! it; front ends are reached only through `Op` and `Update`.
//!
//! *Not here:* terminals, HTTP, vendors' names.

mod actor;
mod asking;
mod at_stake;
mod attempts;
mod checkpoints;
pub mod children;
mod clock;
mod conductor;
pub mod conformance;
pub mod corpus;
mod desk;
mod guarded;
mod handshake;
mod hooks;
mod instructions;
mod ledger;
pub mod mission;
pub mod modes;
mod parts;
pub mod plans;
pub mod plugins;
mod real_paths;
pub mod regular_file;
mod relief;
pub mod repairs;
mod replay;
mod rewinds;
mod rlm;
mod rulebook;
mod seen_files;
pub mod sessions;
mod setup;
mod standing_in;
mod start;
mod stops;
pub mod subagents;
mod turn;
pub mod withheld;

pub use at_stake::at_stake;
pub use attempts::{ToolBounds, ToolLimits};
pub use conductor::{ChildConnector, MissionSetup};
pub use guarded::guarded;
pub use hooks::{DrawingSetup, HookPlaces, HookSetup, StatusLine, WITHIN_HOOK, program_digests};
pub use mission::research::ResearchBudget;
pub use replay::{Mismatch, ReplayReport, replay};
pub use rlm::{CompletionError, CompletionSetup, CompletionStart, complete};
pub use rulebook::{may_read, withholding};
pub use sessions::{Loaded, SessionStore, StoreError};
pub use setup::{ConfinementStatus, Connector, EngineSetup, Fallback, Running, Start, StartError};
pub use start::start;
