//! The lock against two writers: an advisory lock that the kernel drops with the process.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use headwater_protocol::SessionId;
use rustix::fs::{FlockOperation, OFlags, flock};

use super::StoreError;

/// How long a lock may be busy before somebody is said to hold it. A process that ended a moment ago, or a child
/// between fork and exec, keeps a copy of the descriptor for some milliseconds.
const PATIENCE: Duration = Duration::from_millis(500);
/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(5);

/// Held for as long as this process may write to the session.
#[derive(Debug)]
pub(crate) struct SessionLock {
    _file: File,
}

impl SessionLock {
    /// Takes the lock, or says who holds it.
    pub(crate) fn take(id: &SessionId, directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // A pipe in its place is refused below, and must not be waited on before that.
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        if !is_taken(&file) {
            let mut holder = String::new();
            // Who holds it is only said to help; an unreadable file changes nothing.
            let pid = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse().ok());
            return Err(StoreError::InUse { id: id.clone(), pid });
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(StoreError::io("write", &path))?;
        Ok(Self { _file: file })
    }
}

fn is_taken(file: &File) -> bool {
    let start = Instant::now();
    while flock(file, FlockOperation::NonBlockingLockExclusive).is_err() {
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::park_timeout(PAUSE);
    }
    true
}
