//! Behaviour of the built-in tools, called as the engine calls them, with real files and processes.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a failed expectation is the point of a test"
)]

mod ask_and_todos;
mod editing;
mod escapes;
mod finding;
mod jobs;
mod mcp;
mod output;
mod reading;
mod shell;
mod specifications;
mod stage;
mod writing;
