//! Research and the card that comes of it, through the pool, against a model server that speaks HTTP.

#![expect(clippy::unwrap_used, reason = "a failed expectation is the point of a test, in its helpers too")]

/// Money, calls, time, silence, interruption: each ends it in order, and keeps what was found.
mod ending;
/// From a corpus to a card that can be approved.
mod finding;
/// A reader that answers as its prompt asks.
mod reader;
/// A server, a pool and its log.
mod rig;
