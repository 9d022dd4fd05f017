//! The log's writer: one `write(2)` a record on the engine's path, `fdatasync` in groups on a thread of its own, and at once
//! before what cannot be taken back.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use headwater_protocol::{Chain, chain};

/// Appends lines to a log, and seals each. Dropping it waits for the last sync.
#[derive(Debug)]
pub(crate) struct LogWriter {
    file: Arc<File>,
    /// The seal of the last line.
    chain: Chain,
    /// Whether the last write may have left half a line behind.
    is_torn: bool,
    /// Why the last sync failed. What was appended before it may be lost, and a later sync would not say so:
    /// nothing more is kept after it.
    sync_failure: Arc<OnceLock<io::Error>>,
    /// Whether something was appended since it was last waited for the disk.
    is_unsynced: bool,
    requests: Option<SyncSender<()>>,
    syncer: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Opens a log for appending, and creates it when it is not there. The seals go on from its last line.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(OpenOptions::new().append(true).create(true).mode(0o600).open(path)?);
        let (chain, is_torn) = if file.metadata()?.is_file() { end_of(path)? } else { Default::default() };
        let (sync_failure, is_unsynced) = (Arc::default(), true);
        Ok(Self { file, chain, is_torn, sync_failure, is_unsynced, requests: None, syncer: None })
    }

    /// Appends one record's line. After a failed write (a full disk) the next one starts on a fresh line, so
    /// that half a record never swallows a whole one. After a failed sync every append fails as the sync did.
    pub(crate) fn append(&mut self, mut line: String) -> io::Result<()> {
        if let Some(error) = self.sync_failure.get() {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        let next = self.chain.seal(&mut line);
        line.push('\n');
        if self.is_torn {
            line.insert(0, '\n');
        }
        let written = (&*self.file).write_all(line.as_bytes());
        self.is_torn = written.is_err();
        self.is_unsynced = true;
        if written.is_ok() {
            self.chain = next;
        }
        written
    }

    /// Syncs everything appended so far, and waits for it. Nothing is done where nothing is new.
    pub(crate) async fn sync(&mut self) -> io::Result<()> {
        if self.is_unsynced {
            let (file, failure) = (Arc::clone(&self.file), Arc::clone(&self.sync_failure));
            tokio::task::spawn_blocking(move || sync(&file, &failure)).await.map_err(io::Error::other)?;
        }
        if let Some(error) = self.sync_failure.get() {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        self.is_unsynced = false;
        Ok(())
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

/// Bytes at the end of a log in which the seal of its last line stands.
const TAIL: u64 = 64;

/// The digest of a log so far, and whether it ends within a line. Only a log of an older program is read whole.
fn end_of(path: &Path) -> io::Result<(Chain, bool)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let is_torn = tail.last().is_some_and(|last| *last != b'\n');
    if let Some(chain) = Chain::at_end_of(&tail) {
        return Ok((chain, is_torn));
    }
    Ok((chain::verify(&std::fs::read(path)?).head, is_torn))
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
        let log = std::fs::read_to_string(&path).unwrap();
        let begins: Vec<&str> = log.lines().map(|line| line.split(",\"chain\"").next().unwrap()).collect();
        assert_eq!(begins, ["{\"a\":1", "{\"half", "{\"b\":2"]);
    }

    #[test]
    fn a5_the_chain_goes_on_in_the_next_process_and_over_a_log_without_seals() {
        let directory = tempfile::tempdir().unwrap();
        for before in ["", "{\"a\":0}\n{\"b\":0}\n"] {
            let path = directory.path().join(format!("log-{}", before.len()));
            std::fs::write(&path, before).unwrap();
            for process in 0..3 {
                let mut writer = LogWriter::open(&path).unwrap();
                writer.append(format!("{{\"process\":{process}}}")).unwrap();
                writer.append("{\"c\":1}".into()).unwrap();
            }
            let report = chain::verify(&std::fs::read(&path).unwrap());
            assert_eq!((report.sealed, report.unsealed, report.breaks), (6, before.lines().count(), vec![]));
        }
    }

    #[test]
    fn a_line_that_another_process_left_torn_swallows_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "{\"half").unwrap();
        LogWriter::open(&path).unwrap().append("{\"b\":2}".into()).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("{\"half\n{\"b\":2,"));
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

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn p1_who_waits_for_the_disk_is_told_when_it_fails_and_nothing_is_kept_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = LogWriter::open(&directory.path().join("log")).unwrap();
        writer.append("{\"a\":1}".into()).unwrap();
        writer.sync().await.unwrap();
        // A device that takes every write and cannot be synced.
        let mut writer = LogWriter::open(Path::new("/dev/null")).unwrap();
        writer.append("{\"a\":1}".into()).unwrap();
        let told = writer.sync().await.unwrap_err().kind();
        assert_eq!(writer.append("{\"b\":2}".into()).unwrap_err().kind(), told);
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
