//! Making a damaged log whole again.

use std::path::Path;

use headwater_protocol::events::{RepairKind, Repaired, SessionStarted};
use headwater_protocol::{Chain, Event, Record, SessionId, Timestamp, invariants};

use super::renumbering::renumber;
use super::resumable::SCHEMA;
use super::{Loaded, StoreError, caution, files, mending};

/// A log that is whole again.
#[derive(Debug)]
pub(crate) struct Salvaged {
    /// What it holds now.
    pub(crate) records: Vec<Record>,
    /// What the person should know beside that it was damaged.
    pub(crate) notice: Option<String>,
}

/// Makes a damaged log whole again: the log as it was is kept beside it under another name, and the readable
/// records are written to a fresh log in one step, in their order, densely numbered and mended where a record
/// has lost its counterpart, with a `repaired` record that says what was set aside. `start` stands in for a
/// first record that is lost. Freedoms whose end may be among what is lost, or whose beginning somebody may have put in,
/// are taken back. A log that would still break an invariant is left as it is.
pub(crate) fn salvage(
    path: &Path,
    loaded: Loaded,
    id: &SessionId,
    start: impl FnOnce() -> SessionStarted,
    now: Timestamp,
) -> Result<Salvaged, StoreError> {
    let kept = files::free_name(path);
    let detail = detail(&loaded, &kept);
    // A log without seals is one of the first schema, whatever its first line said.
    let schema = if loaded.chain.unsealed > 0 && !loaded.is_stripped() { 1 } else { SCHEMA };
    let mut records = loaded.records;
    if !matches!(records.first().map(|record| &record.event), Some(Event::SessionStarted(_))) {
        let at = records.first().map_or(now, |first| first.at);
        records.insert(0, record(id, at, SessionStarted { schema, ..start() }.into()));
    }
    let mut records = fit_together(records);
    let repaired = Repaired { kind: RepairKind::Quarantined, call: None, detail };
    records.push(record(id, now, repaired.into()));
    let taken_back = caution::taken_back(&records);
    let notice = caution::notice(&taken_back);
    records.extend(taken_back.into_iter().map(|event| record(id, now, event)));
    for (seq, record) in (0..).zip(&mut records) {
        record.seq = seq;
    }
    if let Some(violation) = invariants::check(&records).into_iter().next() {
        return Err(StoreError::Unmendable { id: id.clone(), violation });
    }
    files::copy_aside(path, &kept)?;
    let write = |file: &mut dyn std::io::Write| {
        let mut chain = Chain::default();
        for record in &records {
            let mut line = record.to_line()?;
            chain = chain.seal(&mut line);
            file.write_all(line.as_bytes())?;
            file.write_all(b"\n")?;
        }
        Ok(())
    };
    files::replace(path, write).map_err(StoreError::io("salvage", path))?;
    Ok(Salvaged { records, notice })
}

/// The records, which begin with the session's first, mended and numbered by their places. What a record names may come to
/// stand behind it by that: then they are mended once more.
pub(crate) fn fit_together(mut records: Vec<Record>) -> Vec<Record> {
    loop {
        let mut mended = mending::mend(records.clone());
        renumber(&mut mended, |record| record.seq == mending::NEW);
        if mended == records || invariants::check(&mended).is_empty() {
            return mended;
        }
        records = mended;
    }
}

fn record(id: &SessionId, at: Timestamp, event: Event) -> Record {
    Record { seq: mending::NEW, at, session: id.clone(), parent: None, event }
}

fn detail(loaded: &Loaded, kept: &Path) -> String {
    let name = kept.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines: Vec<String> = loaded.unreadable.iter().map(|bad| bad.line.to_string()).collect();
    let what = match lines.len() {
        0 if loaded.is_cut => "the last line was cut".to_owned(),
        0 if loaded.is_stripped() => "the seals of all lines are gone".to_owned(),
        0 if !loaded.chain.breaks.is_empty() => {
            loaded.chain.breaks.iter().take(1).map(ToString::to_string).collect()
        }
        0 => "records were missing or out of order".to_owned(),
        1 => format!("line {} could not be read", lines.concat()),
        _ => format!("lines {} could not be read", lines.join(", ")),
    };
    format!("{what}; the log as it was is kept in {name}")
}
