//! Going back to a message of the person: which there are, what it would change, and doing it.
//!
//! *Invariants:* nothing is replaced that was not kept before; a file that somebody else has changed is left alone and
//! named. *Not here:* what a rewind means for the conversation, which is a view's.

mod going_back;
mod lives;
mod points;
mod preview;

pub(crate) use going_back::{RewindError, check_point, redo, rewind};
pub(crate) use points::points;
pub(crate) use preview::preview;
