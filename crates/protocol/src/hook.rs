//! The points at which hooks run, by the names that the settings of other agents use for them (ECOSYSTEM, "Hooks JSON").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point of a session at which hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum HookPoint {
    /// The session began or was carried on.
    SessionStart,
    /// The session ends.
    SessionEnd,
    /// The person sent a message, before the model reads it.
    UserPromptSubmit,
    /// Before a call runs.
    PreToolUse,
    /// A call ran.
    PostToolUse,
    /// A call failed.
    PostToolUseFailure,
    /// A call waits for the person's yes.
    PermissionRequest,
    /// The person's attention is wanted.
    Notification,
    /// The model wants to end its turn.
    Stop,
    /// A turn ended because something failed.
    StopFailure,
    /// A sub-agent began.
    SubagentStart,
    /// A sub-agent wants to end.
    SubagentStop,
    /// Before older messages are summarized or left out.
    PreCompact,
    /// After that.
    PostCompact,
    /// A piece of an answer is drawn.
    MessageDisplay,
    /// The status line of the person's own is drawn; its command is no hook among others, but runs as they do.
    StatusLine,
}

impl HookPoint {
    /// Whether what runs there changes what is drawn, and nothing else.
    pub const fn is_drawing(self) -> bool {
        matches!(self, Self::MessageDisplay | Self::StatusLine)
    }
}
