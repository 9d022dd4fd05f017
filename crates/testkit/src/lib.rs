//! What the house tests with: a scripted model server, an oracle behind it, a temporary workspace and a terminal driver.
//!
//! Everything here is real: HTTP over a loopback socket, a git repository on disk, a program in a PTY. Nothing sleeps;
//! every wait is for a condition with a deadline, and a wait that fails panics at the caller's line with what was seen.
//! *Not here:* mocks of our own types; no other crate of ours is a dependency.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test kit"
)]

pub mod acp;
mod at_best;
pub mod authorization;
pub mod cassette;
pub mod collector;
mod loopback;
pub mod mcp;
pub mod oracle;
pub mod server;
pub mod terminal;
pub mod workspace;

pub use acp::AcpClient;
pub use at_best::AtBest;
pub use authorization::{Authorization, Temper};
pub use cassette::{Cassette, CassetteRecorder, Exchange};
pub use collector::{Collector, Conduct};
pub use mcp::{McpProgram, McpWeb, WebAnswer, WebCall};
pub use oracle::Oracle;
pub use server::{
    CLEARED, Call, Clearing, Fault, Finish, Gate, ModelServer, Outcome, Recorded, Script, Turn, Usage,
};
pub use terminal::{Screen, Terminal, TerminalOptions};
pub use workspace::{Finished, Running, Workspace};

/// How long a wait lasts where the caller names no deadline: generous, since tests share a busy machine, and no test is
/// about how fast that is.
pub const DEADLINE: std::time::Duration = std::time::Duration::from_mins(3);
