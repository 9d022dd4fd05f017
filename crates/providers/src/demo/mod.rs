//! The demo provider: recorded answers, played to the real engine with the real tools.
//!
//! There are two recordings, `assets/demo/session.jsonl` (a session that fixes a test) and `assets/demo/mission.toml`
//! (a mission over a log); they are played in a repository made of `assets/demo/workspace/` and a generated log, and
//! need nothing but a POSIX shell and git. Where an answer cannot be recorded, because it is about a stretch of the log
//! that nobody knows beforehand, one of the [`readers`] reads it.

mod card;
mod log;
mod player;
mod readers;
mod script;
mod workspace;

pub use log::{LOG_NAME, write_log};
pub use player::{MISSION_PROMPT, NAME, PROMPT, provider, reader};
pub use workspace::{WorkspaceFile, workspace_files};
