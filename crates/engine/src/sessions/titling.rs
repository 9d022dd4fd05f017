//! Giving a session another title while no process carries it on: one more record of its log.

use headwater_protocol::events::SessionTitled;
use headwater_protocol::{Record, Redact as _, SessionId, title};

use super::{LogWriter, SessionStore, StoreError, resumable};
use crate::clock;

impl SessionStore {
    /// Gives a session a title; an empty one takes back what was given. Refused while a process holds the session, and
    /// where its log has to be mended before anything can follow in it.
    pub fn retitle(&self, id: &SessionId, title: &str) -> Result<String, StoreError> {
        let lock = self.lock(id)?;
        let loaded = self.load(id)?;
        if let Some(found) = loaded.schema.filter(|schema| *schema > u64::from(resumable::SCHEMA)) {
            return Err(StoreError::Newer { id: id.clone(), found });
        }
        let Some(last) = loaded.records.last() else {
            return Err(StoreError::Unreadable { path: self.transcript(id) });
        };
        if loaded.is_damaged() {
            return Err(StoreError::Damaged(id.clone()));
        }
        let title = self.redactor().redact(&title::given(title)).into_owned();
        let record = Record {
            seq: last.seq + 1,
            at: clock::system(),
            session: id.clone(),
            parent: last.parent.clone(),
            event: SessionTitled { title: title.clone() }.into(),
        };
        let path = self.transcript(id);
        let line = record.to_line().map_err(std::io::Error::from).map_err(StoreError::io("write", &path))?;
        let mut log = LogWriter::open(&path).map_err(StoreError::io("open", &path))?;
        log.append(line).map_err(StoreError::io("write", &path))?;
        log.request_sync();
        drop(log);
        drop(lock);
        Ok(title)
    }
}
