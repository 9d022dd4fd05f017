//! Another session that begins as one does: its records up to a place, and what they name.
//!
//! *Invariants:* neither session can change the other; the fork can be read when the other is gone; a fork that was cut
//! off has no log and so is no session.

use std::path::Path;

use headwater_protocol::events::{Forked, MissionRejected, RepairKind, Repaired};
use headwater_protocol::views::{MissionPhase, fold};
use headwater_protocol::{Event, Record, RunState, SessionId};

use super::salvage::fit_together;
use super::summary::SessionKind;
use super::{LogWriter, SessionStore, StoreError, caution, resumable};
use crate::clock;

/// Why a mission of the other session does not go on in the fork.
const NOT_SHARED: &str = "the session was forked, and the work of a mission is not shared; ask for it again";

impl SessionStore {
    /// Makes a session of the first records of `from`, those before `at` or all of them, and says which it is.
    pub fn fork(&self, from: &SessionId, at: Option<u64>) -> Result<SessionId, StoreError> {
        let loaded = self.load(from)?;
        match resumable::kind(&loaded) {
            SessionKind::Conversation => {}
            SessionKind::Completion => return Err(StoreError::Completion(from.clone())),
            SessionKind::Part(parent) => return Err(StoreError::Part { id: from.clone(), parent }),
        }
        if let Some(found) = loaded.schema.filter(|schema| *schema > u64::from(resumable::SCHEMA)) {
            return Err(StoreError::Newer { id: from.clone(), found });
        }
        let all = loaded.records.len() as u64;
        let at = at.unwrap_or(all);
        if at == 0 || at > all {
            return Err(StoreError::NoSuchRecord { id: from.clone(), seq: at, count: all });
        }
        let (id, lock) = self.create(clock::system())?;
        let is_damaged = loaded.is_damaged();
        let shared = loaded.records.into_iter().take_while(|record| record.seq < at).collect();
        let records = if is_damaged {
            careful(own(fit_together(shared), from, &id, at))
        } else {
            own(shared, from, &id, at)
        };
        self.share(from, &id)?;
        self.write(&id, &records)?;
        drop(lock);
        Ok(id)
    }

    /// Contents that are never written again are shared; others are copied.
    fn share(&self, from: &SessionId, id: &SessionId) -> Result<(), StoreError> {
        let (from, to) = (self.directory(from), self.directory(id));
        each(&from.join("checkpoint"), &to.join("checkpoint"), |old, new| {
            std::fs::hard_link(old, new).or_else(|_| std::fs::copy(old, new).map(drop))
        })?;
        each(&from.join("blobs"), &to.join("blobs"), |old, new| std::fs::copy(old, new).map(drop))
    }

    /// Writes the log in one step.
    fn write(&self, id: &SessionId, records: &[Record]) -> Result<(), StoreError> {
        let (path, fresh) = (self.transcript(id), self.directory(id).join(".new-transcript"));
        let written = || {
            let mut log = LogWriter::open(&fresh)?;
            for record in records {
                log.append(record.to_line()?)?;
            }
            log.request_sync();
            drop(log);
            std::fs::rename(&fresh, &path)
        };
        written().map_err(StoreError::io("write", &path))
    }
}

/// The shared records as those of the fork, and what it begins with.
fn own(mut records: Vec<Record>, from: &SessionId, id: &SessionId, at: u64) -> Vec<Record> {
    for record in &mut records {
        (record.session, record.parent) = (id.clone(), Some(from.clone()));
    }
    let state: RunState = fold(&records);
    let mut add = |event: Event| {
        let (seq, now) = (records.len() as u64, clock::system());
        records.push(Record { seq, at: now, session: id.clone(), parent: Some(from.clone()), event });
    };
    add(Forked { from: from.clone(), at }.into());
    let is_open = match state.mission.phase {
        MissionPhase::Research | MissionPhase::AwaitApproval | MissionPhase::Execute => true,
        MissionPhase::Idle | MissionPhase::Ended => false,
    };
    if let Some(mission) = state.mission.mission.filter(|_| is_open) {
        add(MissionRejected { mission, reason: NOT_SHARED.to_owned() }.into());
    }
    records
}

/// The fork of a damaged log has seals that say nothing of the damage: it begins without the freedoms that a resume of the
/// log would take back, and says why.
fn careful(mut records: Vec<Record>) -> Vec<Record> {
    let detail =
        "the log of the session that was forked was damaged; what could be read of it goes on".to_owned();
    let repaired = Repaired { kind: RepairKind::Quarantined, call: None, detail };
    let more = std::iter::once(repaired.into()).chain(caution::taken_back(&records));
    for event in more.collect::<Vec<Event>>() {
        let Some(last) = records.last() else { break };
        let record = Record { seq: records.len() as u64, event, ..last.clone() };
        records.push(record);
    }
    records
}

/// Does something with every file of a directory; one that is not there has none.
fn each(
    from: &Path,
    to: &Path,
    share: impl Fn(&Path, &Path) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    super::private_directories(to)?;
    for entry in entries.filter_map(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let new = to.join(entry.file_name());
            share(&entry.path(), &new).map_err(StoreError::io("copy to", &new))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
