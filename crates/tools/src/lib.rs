//! Built-in capabilities: files, search, shell, todos, questions.
//!
//! *Invariants:* no file tool leaves the workspace, whatever links lie in it; no result is longer than the cap of its
//! context; a failing call is a result the model reads. *Not here:* modes, approvals, the terminal.

mod background;
mod blobs;
pub mod builtin;
mod diff;
mod digest;
pub mod mcp;
mod passing;
mod paths;
mod report;
mod seen;
mod text;
mod walk;

pub use builtin::{SKILL_FILE, SKILL_TOOL, ShellSetup, Skill, all, skills};
