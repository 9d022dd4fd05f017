//! Read before edit (HARNESS B5): a file may be changed only in the state which the model has seen.

use headwater_protocol::views::FilesSeen;

/// Why a file may not be changed yet.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum SeenError {
    /// It was never read.
    #[error(
        "`{0}` exists and you have not read it (rule `read-before-edit`). Read it with `read`, then send the change again."
    )]
    Unread(String),
    /// It is not what was read.
    #[error(
        "`{0}` has changed since you last read it (rule `read-before-edit`). Read it again, then send a change that fits what it holds now."
    )]
    Stale(String),
}

/// Whether the model has seen `path`, relative to the workspace, in the state with this digest.
pub(crate) fn check(files: &FilesSeen, path: &str, sha256: &str) -> Result<(), SeenError> {
    match files.digest(path) {
        None => Err(SeenError::Unread(path.to_owned())),
        Some(seen) if seen == sha256 => Ok(()),
        Some(_other) => Err(SeenError::Stale(path.to_owned())),
    }
}
