//! The handshake at the end of a turn (HARNESS Z2 to Z4, Z7, Z8): the model proposes, the host looks, and what is missing
//! goes back by name. Here is what is decided; `turn/answer.rs` looks and records.
//!
//! *Invariants:* a model's word never closes a requirement and never takes one away; the person's word always does.

mod declare;
mod demands;
mod order;
mod report;
mod told;
mod words;

pub(crate) use declare::merged;
pub(crate) use demands::{Open, demands, uncovered};
pub(crate) use order::{Facts, Next, Outcome, next};
pub(crate) use report::report;
pub(crate) use told::{ending, refusal};
pub(crate) use words::{PersonWord, Words, hear};
