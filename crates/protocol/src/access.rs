//! What a tool may reach: the static capability of a tool, the concrete access of a call, the confinement
//! under which it runs.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The class of a tool, known before any call: what the mode's tool set is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Reads files of the workspace; may run in parallel with other readers.
    Read,
    /// Changes files of the workspace.
    Write,
    /// Runs commands.
    Shell,
    /// Changes only the session's own state, such as the todo list.
    State,
    /// Asks the person.
    Ask,
    /// Hands a part of the work to a sub-agent; may run in parallel with others of its kind.
    Delegate,
}

impl Capability {
    /// Whether calls of this class may run at the same time as others of their kind.
    pub fn is_parallel(self) -> bool {
        matches!(self, Self::Read | Self::Delegate)
    }

    /// Whether a call of this class may leave something outside of the session that making it again would do twice.
    pub fn has_effects(self) -> bool {
        match self {
            Self::Write | Self::Shell => true,
            // What a sub-agent does are calls of its own.
            Self::Read | Self::State | Self::Ask | Self::Delegate => false,
        }
    }
}

/// What one concrete call would touch, as the tool itself reads its input. Paths are relative to the
/// workspace or absolute, exactly as the model gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing outside the session.
    Nothing,
    /// Reads these paths.
    Read(Vec<PathBuf>),
    /// Creates or changes these paths.
    Write(Vec<PathBuf>),
    /// Runs a shell command.
    Run {
        /// The script as it will be handed to the shell.
        command: String,
    },
    /// Asks the person a question.
    Ask,
}

/// What the operating system lets a command do; the mode and the approvals decide, the sandbox applies it.
/// Ordered from the narrowest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confinement {
    /// Nothing can be written, no network.
    ReadOnly,
    /// The workspace can be written, protected paths excepted; no network.
    WorkspaceWrite,
    /// As `WorkspaceWrite`, with the network.
    WorkspaceWriteNetwork,
    /// No confinement at all: only after a person said yes to exactly that.
    Unconfined,
}
