//! Why a path cannot be used, as the model reads it: what is wrong and what to do instead.

use std::io;

/// Why a path cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathError {
    /// Nothing was named.
    #[error("The path is empty. Name a file or directory relative to the workspace, such as `src/main.rs`.")]
    Empty,
    /// No file name holds a NUL byte.
    #[error("The path holds a NUL byte.")]
    NulByte,
    /// A home directory.
    #[error("`{0}`: `~` is not expanded, and file tools stay in the workspace. Give a path relative to it.")]
    Home(String),
    /// It leads out of the workspace, by `..`, as an absolute path or through a symlink.
    #[error(
        "`{0}` is outside the workspace, and file tools never leave it (rule `workspace-only`). Give a path relative to the workspace."
    )]
    Outside(String),
    /// A symlink that leads nowhere.
    #[error("`{0}` is a symlink to something that does not exist.")]
    Dangling(String),
    /// Symlinks that lead to each other.
    #[error("`{0}` runs through a loop of symlinks.")]
    Loop(String),
    /// It is not there.
    #[error("`{path}` does not exist.{near}")]
    Missing {
        /// As it was asked for.
        path: String,
        /// A sentence that names similar ones, with a space before it; empty when there are none.
        near: String,
    },
    /// A file was expected.
    #[error("`{0}` is a directory. Use `list` to see what is in it.")]
    IsDirectory(String),
    /// A directory was expected, here or on the way.
    #[error("`{0}` is not a directory.")]
    NotDirectory(String),
    /// Reading it could wait for ever or have side effects.
    #[error("`{0}` is not a regular file (a pipe, socket or device), so it is not opened.")]
    Special(String),
    /// The mode allows no changes.
    #[error("`{0}` is not changed: files can only be read now (rule `read-only`).")]
    ReadOnlyMode(String),
    /// Its own mode bits forbid writing.
    #[error(
        "`{0}` is marked read-only on disk. If it is meant to be changed, make it writable with `shell` first."
    )]
    ReadOnlyFile(String),
    /// It belongs to the paths that stay as they are.
    #[error(
        "`{path}` is protected (rule `protected-paths`, because of `{entry}`): what git, editors and agents obey later is not changed by tools. Tell the person what should be changed there."
    )]
    Protected {
        /// As it was asked for.
        path: String,
        /// The entry of the list.
        entry: &'static str,
    },
    /// Something made it while it was being made here.
    #[error("`{0}` came into being while it was being written. Read it first.")]
    Appeared(String),
    /// The system refused.
    #[error("`{path}`: {doing} failed: {source}.")]
    Io {
        /// As it was asked for.
        path: String,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl PathError {
    /// What `source` means for `path`, in the words for the cases which have their own.
    pub(crate) fn of(path: &str, doing: &'static str, source: impl Into<io::Error>) -> Self {
        let source = source.into();
        let path = path.to_owned();
        if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            return Self::Loop(path);
        }
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path, near: String::new() },
            io::ErrorKind::NotADirectory => Self::NotDirectory(path),
            io::ErrorKind::IsADirectory => Self::IsDirectory(path),
            io::ErrorKind::CrossesDevices => Self::Outside(path),
            _ => Self::Io { path, doing, source },
        }
    }
}
