//! The context variable of Recursive mode: what is read into it, and where its texts are kept once, by digest.
//!
//! *Invariants:* a text that a log names by digest is in the store; what is mapped is the store's own copy, which
//! nobody changes.

mod load;
mod mending;
mod store;

pub use load::{ContextError, ContextSource, LoadedContext, load};
pub use store::ContextStore;

pub(crate) use store::{contexts_below, slice};
