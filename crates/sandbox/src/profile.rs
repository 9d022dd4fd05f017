//! What a command may touch: the profile, where it is applied, and the paths that stay read-only in it.

use std::path::{Path, PathBuf};

/// What a command may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Everything can be read, nothing that outlives the command can be written, and there is no network.
    ReadOnly,
    /// Everything can be read; the workspace and the named extra places can be written, but not the protected paths.
    WorkspaceWrite {
        /// Whether the command reaches the network. Without it only a loopback of its own is there (namespaces) or
        /// no internet socket at all (Landlock).
        network: bool,
    },
    /// Nothing is restricted. The command still has its own session, a scrubbed environment and a supervisor.
    Unconfined,
}

impl Profile {
    /// Whether a command under this profile reaches the network.
    pub fn has_network(self) -> bool {
        match self {
            Self::ReadOnly => false,
            Self::WorkspaceWrite { network } => network,
            Self::Unconfined => true,
        }
    }
}

/// Where a profile is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// What the command may touch.
    pub profile: Profile,
    /// The root of the writable tree of [`Profile::WorkspaceWrite`]; an absolute path of a directory that exists.
    pub workspace: PathBuf,
    /// Further writable trees, for example the temporary directory. One that does not exist is passed over; places
    /// below `/dev`, `/proc` and `/sys` are never made writable.
    pub writable: Vec<PathBuf>,
    /// Paths that stay as they are inside the writable trees, also when they are missing. Relative ones start at the
    /// workspace.
    pub protected: Vec<PathBuf>,
    /// Files and directories that the command must not read, absolute paths: opening one fails, also for root. One that is
    /// not there is passed over. Under namespaces and bubblewrap they cannot be changed or moved either. Landlock keeps the
    /// command from reading them by letting it read all that stands beside them when it begins: what is made beside
    /// them meanwhile can be read by the next command only, and names inside a hidden directory can be seen.
    pub hidden: Vec<PathBuf>,
    /// Further such files and directories, of which it is enough that nothing in them can be read: root keeps its right to
    /// pass over modes, and finds an empty directory where others find one that they cannot open. Landlock hides none in a writable tree outside of the
    /// workspace, where a command could not read its own temporary files then, and none beside too many other files.
    pub kept: Vec<PathBuf>,
    /// Where what a command left in the place of a hidden file is put when that is undone: a directory that the command does
    /// not read. Without one it is the temporary directory.
    pub aside: Option<PathBuf>,
}

impl Confinement {
    /// A confinement to `workspace` with the usual extra places ([`temporary_directories`]) and [`protected_paths`].
    pub fn new(profile: Profile, workspace: impl Into<PathBuf>) -> Self {
        Self {
            profile,
            workspace: workspace.into(),
            writable: temporary_directories(),
            protected: protected_paths().iter().map(PathBuf::from).collect(),
            hidden: Vec::new(),
            kept: Vec::new(),
            aside: None,
        }
    }

    /// The trees a command may write under this profile, as given, the workspace first.
    pub fn writable_roots(&self) -> Vec<&Path> {
        match self.profile {
            Profile::ReadOnly | Profile::Unconfined => Vec::new(),
            Profile::WorkspaceWrite { .. } => std::iter::once(self.workspace.as_path())
                .chain(self.writable.iter().map(PathBuf::as_path))
                .collect(),
        }
    }
}

/// The paths of a workspace that a command may never change: what git, an editor or an agent runs or obeys later on,
/// outside of any sandbox (complaint 28 of the field: a hook or a task file written today is code run tomorrow).
/// `AGENTS.md` is not among them: it is text that people ask agents to edit.
pub fn protected_paths() -> &'static [&'static str] {
    &[
        ".git/config",
        ".git/config.worktree",
        ".git/hooks",
        ".git/commondir",
        ".headwater",
        ".claude",
        ".codex",
        ".cursor",
        ".gemini",
        ".opencode",
        ".windsurf",
        ".zed",
        ".vscode",
        ".idea",
        ".mcp.json",
        ".envrc",
    ]
}

/// The directories that programs take for temporary files: `TMPDIR` (or its default), `/tmp` and `/var/tmp`.
pub fn temporary_directories() -> Vec<PathBuf> {
    let mut found = vec![std::env::temp_dir()];
    for usual in ["/tmp", "/var/tmp"] {
        let usual = PathBuf::from(usual);
        if usual.is_dir() && !found.contains(&usual) {
            found.push(usual);
        }
    }
    found
}
