//! Blocks in a real, contained Python: what they can do, what is kept of them, and what they cannot do.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the stage of tests: a failure there fails the test"
)]

mod blocks;
mod calls;
mod directives;
mod escapes;
mod javascript;
mod limits;
mod python_parts;
mod snapshots;
mod stage;
mod texts;
mod without_python;
