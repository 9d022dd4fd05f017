//! Checkpoints: files are kept as they were before something changes them, and put back when a person wants that.
//!
//! *Invariants:* no symbolic link is ever followed and no file with a second name is ever written; what a file holds is
//! kept before it is replaced, in both directions, so that nothing is lost; a file that somebody else has changed since
//! is left alone. *Not here:* when a checkpoint is made, and who may ask for it back.

mod command;
mod difference;
mod keep;
mod named;
mod place;
mod recent;
mod restore;
mod survey;
mod told;
mod vault;
mod watch;

use std::path::{Path, PathBuf};

pub(crate) use self::command::{CommandWatch, TurnCommand};
pub(crate) use self::named::matching;
use self::place::Root;
pub(crate) use self::restore::Restored;
pub(crate) use self::told::coverage;
use self::vault::Vault;
pub(crate) use self::watch::{Seen, Watch};

/// The checkpoints of one session.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    workspace: PathBuf,
    vault: Vault,
    /// Where contents lie that other sessions of the same work have kept.
    others: Vec<Vault>,
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
        Self {
            workspace: workspace.to_owned(),
            vault: Vault::new(session.join("checkpoint")),
            others: Vec::new(),
        }
    }

    /// The same, with what the checkpoints of `sessions` hold.
    pub(crate) fn with(mut self, sessions: impl IntoIterator<Item = PathBuf>) -> Self {
        self.others = sessions.into_iter().map(|session| Vault::new(session.join("checkpoint"))).collect();
        self
    }

    /// The vault that has a content; the own one where none has.
    fn vault_of(&self, sha256: &str) -> &Vault {
        let all = std::iter::once(&self.vault).chain(&self.others);
        all.into_iter().find(|vault| vault.path(sha256).is_file()).unwrap_or(&self.vault)
    }

    fn root(&self) -> Result<Root, CheckpointError> {
        Root::open(&self.workspace).map_err(CheckpointError::Workspace)
    }
}

/// Looks at files on a thread of its own; an error is a sentence.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| format!("the checkpoint broke off: {error}"))?.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
