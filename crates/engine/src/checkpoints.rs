//! Checkpoints: files are kept as they were before something changes them, and put back when a person wants that.
//!
//! *Invariants:* no symbolic link is ever followed and no file with a second name is ever written; what a file holds is
//! kept before it is replaced, in both directions, so that nothing is lost; a file that somebody else has changed since
//! is left alone. *Not here:* when a checkpoint is made, and who may ask for it back.

mod keep;
mod place;
mod restore;
mod survey;
mod told;
mod vault;
mod watch;

use std::path::{Path, PathBuf};

use self::place::Root;
pub(crate) use self::told::coverage;
use self::vault::Vault;
pub(crate) use self::watch::{Seen, Watch};

/// The checkpoints of one session.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    workspace: PathBuf,
    vault: Vault,
}

/// Why a file could not be kept or looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointError {
    /// The workspace cannot be opened.
    #[error("the workspace cannot be opened: {0}")]
    Workspace(#[source] std::io::Error),
    /// A file cannot be kept as it is, so that it may not be changed.
    #[error("{path} cannot be kept as it is before it is changed: {source}")]
    Keep {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Checkpoints {
    /// The checkpoints of the session that lies in `session`, over the files of `workspace`. Nothing is created before
    /// it is needed.
    pub(crate) fn new(workspace: &Path, session: &Path) -> Self {
        Self { workspace: workspace.to_owned(), vault: Vault::new(session.join("checkpoint")) }
    }

    fn root(&self) -> Result<Root, CheckpointError> {
        Root::open(&self.workspace).map_err(CheckpointError::Workspace)
    }
}

#[cfg(test)]
mod tests;
