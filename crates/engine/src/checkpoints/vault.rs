//! Where contents are kept: one file each, named by its SHA-256, readable by the owner only.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use headwater_protocol::projection::hex;
use sha2::{Digest as _, Sha256};

use crate::regular_file;
use crate::sessions::private_directories;

/// How much is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// The kept contents of a session. Copies survive the end of any process; they are not synced, so that the end of the
/// machine may lose them, which their digests then show.
#[derive(Clone, Debug)]
pub(super) struct Vault {
    directory: PathBuf,
}

impl Vault {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keeps what `source` gives; returns its digest and its length.
    pub(super) fn keep(&self, source: impl Read) -> io::Result<(String, u64)> {
        private_directories(&self.directory).map_err(io::Error::other)?;
        let fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.directory)?;
        let (sha256, length) = copy(source, fresh.as_file())?;
        fresh.persist(self.path(&sha256))?;
        Ok((sha256, length))
    }

    /// A kept content.
    pub(super) fn open(&self, sha256: &str) -> io::Result<File> {
        regular_file::open(&self.path(sha256))
    }

    /// Where a content lies.
    pub(super) fn path(&self, sha256: &str) -> PathBuf {
        self.directory.join(sha256)
    }
}

/// The digest of everything that `source` gives, and its length.
pub(super) fn digest(source: impl Read) -> io::Result<(String, u64)> {
    copy(source, io::sink())
}

/// Copies everything; returns its digest and its length.
pub(super) fn copy(mut source: impl Read, mut target: impl Write) -> io::Result<(String, u64)> {
    let (mut hasher, mut buffer, mut length) = (Sha256::new(), vec![0; PIECE], 0_u64);
    loop {
        let count = source.read(&mut buffer)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else { break };
        hasher.update(piece);
        target.write_all(piece)?;
        length += piece.len() as u64;
    }
    Ok((hex(&hasher.finalize()), length))
}
