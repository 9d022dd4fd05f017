//! The pool of child models and the plans over it, against a model server that speaks HTTP.

#![expect(clippy::unwrap_used, reason = "a failed expectation is the point of a test, in its helpers too")]

/// What a batch brings: its order, its answers, its errors.
mod answers;
/// Calls, tokens and money: refused before, enforced during.
mod budgets;
/// One branch, all of them, or nobody waiting any more.
mod cancelling;
/// How a vendor that complains is treated.
mod patience;
/// λ-plans from the first chunk to the last merge.
mod plans;
/// Recursive children.
mod recursion;
/// What a log answers again.
mod remembering;
/// A server, a pool and its log.
mod rig;
