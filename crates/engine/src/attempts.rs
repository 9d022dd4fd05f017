//! Attempts at a call, and when a tool is left alone (HARNESS A2, L2).
//!
//! A call is made again by itself when its tool says that it failed only for now and it is certain that this does no harm. A
//! tool that goes on failing is left alone for a while, then one call tries it. What a tool may take of a turn is bounded.
//! *Invariants:* all of it follows from the log; a call has one result, however often it was attempted; what is used up is a
//! result that the model reads.

mod bounds;
mod delay;
mod making;
mod purse;
mod standing;

pub use bounds::{ToolBounds, ToolLimits};
pub(crate) use making::{Making, make, within};
pub(crate) use purse::{Purses, Share};
pub(crate) use standing::{Moment, Standing};
