//! Sessions on disk: `<state>/sessions/<id>/{transcript.jsonl, blobs/, lock}`, readable by their owner only.
//!
//! *Invariants:* a log is only ever appended to; what cannot be read is set aside in a copy, never
//! overwritten; two writers never hold one session.

mod caution;
mod consents;
mod files;
mod forking;
pub(crate) mod loading;
mod lock;
mod mending;
mod parts;
mod project_rules;
pub(crate) mod rebuilding;
mod renumbering;
pub(crate) mod resumable;
mod salvage;
mod store;
mod summary;
mod titling;
mod writer;

pub use consents::Consent;
pub use loading::Loaded;
pub(crate) use lock::SessionLock;
pub use project_rules::ProjectRules;
#[cfg(test)]
pub(crate) use salvage::fit_together;
pub(crate) use salvage::salvage;
pub(crate) use store::private_directories;
pub use store::{SessionStore, StoreError};
pub(crate) use summary::SessionKind;
pub(crate) use writer::LogWriter;
