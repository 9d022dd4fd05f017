//! The providers against a scripted model server over real HTTP, and the wires by themselves.
//!
//! - `kit`: a connection to a scripted server, and what a request came to
//! - `answers`: what arrives when all is well, and the request it took
//! - `body`: requests by the letter, and that each begins the next
//! - `contract`: what holds of every wire
//! - `connecting`: keys, addresses, redirects, one connection for many requests
//! - `decoding`: events of many dialects to deltas
//! - `demo`: the recorded session
//! - `faults`: everything a server can do wrong
//! - `keeping`: servers that keep the conversation
//! - `local`: servers found, their models, their windows
//! - `patience`: retries, deadlines, cancellation
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test fails, in its helpers too"
)]

mod answers;
mod body;
mod clearing;
mod connecting;
mod contract;
mod decoding;
mod demo;
mod faults;
mod keeping;
mod kit;
mod local;
mod patience;
