//! The log's writer: one `write(2)` a record on the engine's path, `fdatasync` in groups on a thread of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

/// Appends lines to a log. Dropping it waits for the last sync.
#[derive(Debug)]
pub(crate) struct LogWriter {
    file: Arc<File>,
    /// Whether the last write may have left half a line behind.
    is_torn: bool,
    /// Why the last sync failed. What was appended before it may be lost, and a later sync would not say so:
    /// nothing more is kept after it.
    sync_failure: Arc<OnceLock<io::Error>>,
    requests: Option<SyncSender<()>>,
    syncer: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Opens a log for appending, and creates it when it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(OpenOptions::new().append(true).create(true).mode(0o600).open(path)?);
        Ok(Self { file, is_torn: false, sync_failure: Arc::default(), requests: None, syncer: None })
    }

    /// Appends one record's line. After a failed write (a full disk) the next one starts on a fresh line, so
    /// that half a record never swallows a whole one. After a failed sync every append fails as the sync did.
    pub(crate) fn append(&mut self, mut line: String) -> io::Result<()> {
        if let Some(error) = self.sync_failure.get() {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        line.push('\n');
        if self.is_torn {
            line.insert(0, '\n');
        }
        let written = (&*self.file).write_all(line.as_bytes());
        self.is_torn = written.is_err();
        written
    }

    /// Asks for a sync of everything appended so far, and does not wait: requests that arrive while a sync
    /// runs are answered together by the next one. Where the system grants no thread, it waits for the disk
    /// itself. A sync that fails is told by the next append.
    pub(crate) fn request_sync(&mut self) {
        if self.requests.is_none() {
            let (sender, receiver) = sync_channel(1);
            let (file, failure) = (Arc::clone(&self.file), Arc::clone(&self.sync_failure));
            let spawned = std::thread::Builder::new()
                .name("log-sync".into())
                .spawn(move || sync_on_request(&file, &receiver, &failure));
            match spawned {
                Ok(syncer) => self.syncer = Some(syncer),
                Err(error) => tracing::warn!(%error, "the log is synced without a thread of its own"),
            }
            self.requests = Some(sender);
        }
        let Some(requests) = &self.requests else { return };
        match requests.try_send(()) {
            // Full: a sync that has not begun yet will cover this request as well.
            Ok(()) | Err(TrySendError::Full(())) => {}
            // Nobody receives: the thread was never granted, or it panicked.
            Err(TrySendError::Disconnected(())) => sync(&self.file, &self.sync_failure),
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(syncer) = self.syncer.take()
            && syncer.join().is_err()
        {
            tracing::warn!("the log's sync thread panicked");
        }
    }
}

fn sync_on_request(file: &File, requests: &Receiver<()>, failure: &OnceLock<io::Error>) {
    while requests.recv().is_ok() {
        sync(file, failure);
    }
}

fn sync(file: &File, failure: &OnceLock<io::Error>) {
    if let Err(error) = file.sync_data() {
        tracing::warn!(%error, "the session log could not be synced");
        // Only the first failure counts.
        failure.get_or_init(|| error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_never_swallows_the_next_record() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut writer = LogWriter::open(&path).unwrap();
        writer.append("{\"a\":1}".into()).unwrap();
        (&*writer.file).write_all(b"{\"half").unwrap();
        writer.is_torn = true;
        writer.append("{\"b\":2}".into()).unwrap();
        writer.request_sync();
        drop(writer);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"half\n{\"b\":2}\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_failed_sync_is_told_by_every_later_append() {
        // A device that takes every write and cannot be synced.
        let mut writer = LogWriter::open(Path::new("/dev/null")).unwrap();
        writer.append("{\"a\":1}".into()).unwrap();
        writer.request_sync();
        let told = writer.sync_failure.wait().kind();
        for _ in 0..2 {
            assert_eq!(writer.append("{\"b\":2}".into()).unwrap_err().kind(), told);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_a_sync_thread_the_sync_is_made_at_once_and_its_failure_told() {
        let mut writer = LogWriter::open(Path::new("/dev/null")).unwrap();
        // What is left when the thread could not be spawned: nobody receives.
        writer.requests = Some(sync_channel(1).0);
        writer.append("{\"a\":1}".into()).unwrap();
        writer.request_sync();
        let told = writer.sync_failure.get().map(io::Error::kind);
        assert_eq!(Some(writer.append("{\"b\":2}".into()).unwrap_err().kind()), told);
    }
}
