//! Where sessions live: creating, finding, listing, removing.

use std::fs::DirBuilder;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use headwater_policy::Redactor;
use headwater_protocol::invariants::Violation;
use headwater_protocol::op::SessionSummary;
use headwater_protocol::{SessionId, Timestamp};

use super::parts;
use super::resumable::SCHEMA;
use super::summary::{Beginning, SessionKind};
use super::{Loaded, SessionLock, loading};
use crate::regular_file;

/// The sessions below one state directory.
#[derive(Clone, Debug)]
pub struct SessionStore {
    state: PathBuf,
    /// What must not reach the logs.
    redactor: Redactor,
}

/// What can go wrong with stored sessions.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// No session has this id.
    #[error("there is no session \"{0}\"; `headwater sessions list` shows them")]
    NotFound(String),
    /// A prefix fits several sessions.
    #[error("\"{prefix}\" fits {count} sessions; type more of the id")]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// How many it fits.
        count: usize,
    },
    /// Another process writes to the session.
    #[error("session {id} is open in another headwater{}; end that one first", pid_text(*.pid))]
    InUse {
        /// The session.
        id: SessionId,
        /// The other process, if it said so.
        pid: Option<u32>,
    },
    /// The log holds nothing that can be read, so that nothing can be carried on.
    #[error("{} holds no readable record; remove the session, or put back a copy of the log", .path.display())]
    Unreadable {
        /// The log.
        path: PathBuf,
    },
    /// The log breaks a rule that no repair mends; it is left as it is.
    #[error(
        "session {id} cannot be carried on, and nothing of it was changed: {violation}, and no repair mends that. `headwater \
         conformance {id}` says what holds, `headwater sessions show {id}` shows it"
    )]
    Unmendable {
        /// The session.
        id: SessionId,
        /// What is broken.
        violation: Violation,
    },
    /// The log is of a newer program, which this one would misread.
    #[error(
        "session {id} was written by a newer headwater (schema {found}, this one knows {SCHEMA}); update headwater to resume it"
    )]
    Newer {
        /// The session.
        id: SessionId,
        /// The version of the schema in the log.
        found: u64,
    },
    /// The session worked in another directory than the one it is to be carried on in.
    #[error("session {id} belongs to {workspace}; resume it there: headwater -C {} resume {id}", quoted(.workspace))]
    Elsewhere {
        /// The session.
        id: SessionId,
        /// The directory as the log has it.
        workspace: String,
    },
    /// The session is the work of a mission, or of a recursive child.
    #[error("session {id} is a part of session {parent}; carry that one on: headwater resume {parent}")]
    Part {
        /// The session.
        id: SessionId,
        /// The one it belongs to.
        parent: SessionId,
    },
    /// The session has no such record.
    #[error("session {id} has {count} records; there is none before record {seq} to begin with")]
    NoSuchRecord {
        /// The session.
        id: SessionId,
        /// What was asked for.
        seq: u64,
        /// How many it has.
        count: u64,
    },
    /// Lines of the log are lost or are not this program's: it has to be mended first, as a resume does.
    #[error("the log of session {0} is damaged; headwater resume {0} mends it")]
    Damaged(SessionId),
    /// The session is a recursive completion, which no screen carries on.
    #[error("session {0} is a recursive completion; `headwater rlm --resume {0}` carries it on")]
    Completion(SessionId),
}

/// A path as a shell reads it.
fn quoted(path: &str) -> String {
    shlex::try_quote(path).map_or_else(|_| path.to_owned(), std::borrow::Cow::into_owned)
}

fn pid_text(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl SessionStore {
    /// The store below `state`; nothing is created before it is needed.
    pub fn new(state: PathBuf) -> Self {
        Self { state, redactor: Redactor::default() }
    }

    /// The same, with logs in which nothing stands that `redactor` knows for a secret.
    #[must_use]
    pub fn redacting(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// What must not reach the logs.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The directory under which everything of the store lies.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The directory of one session.
    pub fn directory(&self, id: &SessionId) -> PathBuf {
        self.state.join("sessions").join(id.as_str())
    }

    /// The log of one session.
    pub fn transcript(&self, id: &SessionId) -> PathBuf {
        self.directory(id).join("transcript.jsonl")
    }

    /// Makes a new session directory and takes its lock.
    pub(crate) fn create(&self, now: Timestamp) -> Result<(SessionId, SessionLock), StoreError> {
        let parent = self.state.join("sessions");
        private_directories(&parent)?;
        loop {
            let id = new_id(now);
            let directory = self.directory(&id);
            match DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => {
                    private_directories(&directory.join("blobs"))?;
                    return Ok((id.clone(), SessionLock::take(&id, &directory)?));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io("create", &directory)(error)),
            }
        }
    }

    /// The name of a session that begins now; no directory has it yet, as far as chance allows.
    pub(crate) fn fresh_id(now: Timestamp) -> SessionId {
        new_id(now)
    }

    /// Makes the directory of a session whose name is known already, and takes its lock.
    pub(crate) fn claim(&self, id: &SessionId) -> Result<SessionLock, StoreError> {
        let directory = self.directory(id);
        private_directories(&directory.join("blobs"))?;
        SessionLock::take(id, &directory)
    }

    /// Takes the lock of an existing session.
    pub(crate) fn lock(&self, id: &SessionId) -> Result<SessionLock, StoreError> {
        let directory = self.directory(id);
        if !directory.is_dir() {
            return Err(StoreError::NotFound(id.to_string()));
        }
        SessionLock::take(id, &directory)
    }

    /// Reads the records of a session.
    pub fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        if !self.directory(id).is_dir() {
            return Err(StoreError::NotFound(id.to_string()));
        }
        self.load_file(&self.transcript(id))
    }

    /// Reads the records of a log that lies anywhere.
    pub fn load_file(&self, path: &Path) -> Result<Loaded, StoreError> {
        let bytes = regular_file::read(path).map_err(StoreError::io("read", path))?;
        Ok(loading::parse(&bytes))
    }

    /// All sessions, or those of one workspace, newest first; the work of missions is no session of its own here.
    /// Directories without a readable log are left out; of logs of other workspaces only the beginning is read.
    pub fn list(&self, workspace: Option<&Path>) -> Result<Vec<SessionSummary>, StoreError> {
        self.list_of(workspace, |kind| !matches!(kind, SessionKind::Part(_)))
    }

    /// The conversations of one workspace, newest first: what a screen can carry on.
    pub fn conversations(&self, workspace: &Path) -> Result<Vec<SessionSummary>, StoreError> {
        self.list_of(Some(workspace), |kind| *kind == SessionKind::Conversation)
    }

    fn list_of(
        &self,
        workspace: Option<&Path>,
        is_wanted: impl Fn(&SessionKind) -> bool,
    ) -> Result<Vec<SessionSummary>, StoreError> {
        let beginnings = self.beginnings(workspace)?.filter(|beginning| is_wanted(&beginning.kind));
        let mut found: Vec<SessionSummary> = beginnings.map(Beginning::summarize).collect();
        found.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| b.id.cmp(&a.id)));
        Ok(found)
    }

    /// The conversation of `workspace` that was written to last; only the beginnings of logs are read.
    pub fn newest(&self, workspace: &Path) -> Result<Option<SessionId>, StoreError> {
        let conversations =
            self.beginnings(Some(workspace))?.filter(|beginning| beginning.kind == SessionKind::Conversation);
        let newest = conversations.max_by(|a, b| a.order().cmp(&b.order()));
        Ok(newest.map(|beginning| beginning.id))
    }

    pub(super) fn beginnings(
        &self,
        workspace: Option<&Path>,
    ) -> Result<impl Iterator<Item = Beginning>, StoreError> {
        let read = self.ids()?.into_iter().filter_map(|id| Beginning::read(&self.transcript(&id), id));
        Ok(read.filter(move |beginning| {
            workspace.is_none_or(|wanted| Path::new(&beginning.workspace) == wanted)
        }))
    }

    /// The one session whose id begins with `prefix`.
    pub fn find(&self, prefix: &str) -> Result<SessionId, StoreError> {
        let mut fitting: Vec<SessionId> =
            self.ids()?.into_iter().filter(|id| id.as_str().starts_with(prefix)).collect();
        if let Some(exact) = fitting.iter().find(|id| id.as_str() == prefix) {
            return Ok(exact.clone());
        }
        match (fitting.pop(), fitting.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => Err(StoreError::NotFound(prefix.to_owned())),
            (Some(_), others) => Err(StoreError::Ambiguous { prefix: prefix.to_owned(), count: others + 1 }),
        }
    }

    /// The sessions of the missions of `id`, those of recursive children below them left out.
    pub(crate) fn parts_of(&self, id: &SessionId) -> Result<Vec<SessionId>, StoreError> {
        let of = SessionKind::Part(id.clone());
        Ok(self
            .beginnings(None)?
            .filter(|beginning| beginning.kind == of)
            .map(|beginning| beginning.id)
            .collect())
    }

    /// Removes a session for good, and the work of its missions with it; refused while a process holds one of them.
    /// Texts of contexts that no session names any more go too.
    pub fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        let below = parts::below(self, id)?;
        let locks = below.iter().chain([id]).map(|id| self.lock(id)).collect::<Result<Vec<_>, _>>()?;
        let texts = parts::texts_of(self, below.iter().chain([id]))?;
        // The session itself goes last: cut off between, it can be removed again.
        for id in below.iter().chain([id]) {
            let directory = self.directory(id);
            std::fs::remove_dir_all(&directory).map_err(StoreError::io("remove", &directory))?;
        }
        drop(locks);
        parts::remove_unnamed(self, &texts)
    }

    fn ids(&self) -> Result<Vec<SessionId>, StoreError> {
        let sessions = self.state.join("sessions");
        let entries = match std::fs::read_dir(&sessions) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("list", &sessions)(error)),
        };
        let names = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.filter(|name| !name.starts_with('.')).map(SessionId::new).collect())
    }
}

/// Creates `path` and its parents, each readable by the owner only.
pub(crate) fn private_directories(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(StoreError::io("create", path))
}

/// `YYYYMMDD-HHMMSS-xxxx`: sortable by time; the last part tells sessions of one second apart.
fn new_id(now: Timestamp) -> SessionId {
    let digits: String = now.to_string().chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at_checked(8).unwrap_or((&digits, ""));
    let time = time.get(..6).unwrap_or(time);
    let suffix: String = random_bytes().iter().take(4).map(|byte| letter(*byte)).collect();
    SessionId::new(format!("{day}-{time}-{suffix}"))
}

fn letter(byte: u8) -> char {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    LETTERS.get(usize::from(byte & 31)).map_or('a', |letter| char::from(*letter))
}

/// Other bytes at every call, also where no random device can be opened: the seed comes from the kernel once, and the
/// standard library counts on from it.
fn random_bytes() -> [u8; 8] {
    RandomState::new().build_hasher().finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_the_session_began() {
        let id = new_id(Timestamp::from_millis(1_795_233_600_000));
        assert!(id.as_str().starts_with("20261121-040000-"), "{id}");
        assert_eq!(id.as_str().len(), "20261121-040000-abcd".len());
    }

    #[test]
    fn ids_of_one_instant_differ_by_more_than_the_process() {
        let now = Timestamp::from_millis(1_795_233_600_000);
        let ids: std::collections::BTreeSet<SessionId> = (0..8).map(|_| new_id(now)).collect();
        assert!(ids.len() > 1, "a name that is taken would be tried again for ever: {ids:?}");
    }
}
