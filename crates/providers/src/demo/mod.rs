//! The demo provider: a recorded session, played to the real engine with the real tools.
//!
//! The recording is `assets/demo/session.jsonl`, one model answer a line; the repository it is played in is made of
//! `assets/demo/workspace/`, and needs nothing but a POSIX shell and git.

mod player;
mod script;
mod workspace;

pub use player::{NAME, PROMPT, provider};
pub use workspace::{WorkspaceFile, workspace_files};
