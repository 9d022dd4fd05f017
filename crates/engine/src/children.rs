//! The child models of a mission: a pool that answers batches of questions (RECURSIVE §4, §8).
//!
//! *Invariants:* nothing is asked that is not on the log, and nothing is answered that is not on the log; a key that
//! the log answers is never paid for again; a batch that has more new questions than calls are left asks none.
//!
//! The log has one owner. A pool sends events through a channel to it and waits until they are written, so that it
//! may be asked from many tasks at once, while a block runs.

mod account;
mod child;
mod exchange;
mod journal;
mod key;
mod memo;
mod meter;
mod nested;
mod pool;
mod prompt;
mod question;
mod schema;
mod width;

pub use crate::standing_in::StandIns;
pub use account::{Account, Charge, Spent};
pub(crate) use journal::Journal;
pub use journal::JournalEntry;
pub use memo::Memo;
pub use meter::Meter;
pub use nested::{NestedAnswer, NestedRequest, Recursion};
pub use pool::{Kin, Pool, PoolSetup};
pub use width::{Width, WidthLimits, Widths};
