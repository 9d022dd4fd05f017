//! How the servers of a session stand, for whoever shows it.

use std::time::Duration;

/// How a server stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It is not started: the person switched it off.
    Off,
    /// It was started, and has not told its tools yet.
    Starting,
    /// It answers.
    Ready,
    /// It does not. A call tries it again.
    Failed {
        /// Why, a sentence without its full stop.
        why: String,
    },
    /// It wants to know who asks.
    NeedsLogin {
        /// What it answered (`WWW-Authenticate`); may be empty.
        challenge: String,
    },
}

impl ServerState {
    /// In one or two words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Failed { .. } => "failed",
            Self::NeedsLogin { .. } => "needs login",
        }
    }
}

/// All that is known of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerReport {
    /// Its name in the settings.
    pub name: String,
    /// How it stands.
    pub state: ServerState,
    /// Its tools, as it listed them last; in this session, or in an earlier one while it has not answered.
    pub tools: Vec<ToolReport>,
    /// What it calls itself, with its version.
    pub implementation: Option<String>,
    /// The version of the protocol that was agreed on.
    pub protocol: Option<String>,
    /// How long it took from its start to its list of tools.
    pub took: Option<Duration>,
    /// What of its list was left out or changed, one sentence each.
    pub remarks: Vec<String>,
    /// The end of what it wrote to its standard error.
    pub errors: String,
}

/// A tool of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolReport {
    /// The name by which the model calls it, and by which rules name it.
    pub name: String,
    /// The name that the server gives it.
    pub given: String,
    /// The first line of what the server says of it.
    pub summary: String,
    /// Whether it stands in every request of this session; otherwise it is reached through the tool `mcp`.
    pub is_listed: bool,
    /// Whether the person says that it only reads.
    pub is_vouched_for: bool,
    /// Whether the server says that it only reads.
    pub claims_to_read: bool,
}
