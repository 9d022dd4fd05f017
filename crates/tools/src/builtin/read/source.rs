//! What is read: a file of the workspace or stored output.

use std::fs::File;
use std::io;

use headwater_protocol::ToolContext;

use crate::blobs;
use crate::paths::{PathError, Root};

/// Something to read, opened.
pub(super) struct Source {
    pub(super) file: File,
    /// Its name in the log: relative to the workspace, or as `blob:<id>`.
    pub(super) key: String,
    pub(super) is_blob: bool,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("There is no stored output `{0}`. Its name stands in the result of the call that made it.")]
    NoBlob(String),
    #[error("`{path}` has only {lines} lines, so there is nothing from line {offset} on.")]
    PastEnd { path: String, lines: u64, offset: u64 },
    #[error("Interrupted.")]
    Interrupted,
}

impl ReadError {
    /// What it means that reading failed in the middle.
    pub(super) fn unreadable(path: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::Interrupted,
            _ => PathError::of(path, "reading it", error).into(),
        }
    }
}

impl Source {
    /// Opens what `path` names.
    pub(super) fn open(path: &str, context: &ToolContext) -> Result<Self, ReadError> {
        if let Some(id) = path.strip_prefix(blobs::PREFIX) {
            let file = blobs::open(context, id).map_err(|_| ReadError::NoBlob(path.to_owned()))?;
            return Ok(Self { file, key: path.to_owned(), is_blob: true });
        }
        let root = Root::open(&context.workspace)?;
        let place = root.locate_existing(path)?;
        Ok(Self { file: root.open_file(&place)?, key: place.key(), is_blob: false })
    }
}
