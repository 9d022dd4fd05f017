//! Making a damaged log whole again.

use std::path::Path;

use headwater_protocol::events::{RepairKind, Repaired, SessionStarted};
use headwater_protocol::{Event, Record, SessionId, Timestamp};

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
/// first record that is lost. Freedoms whose end may be among what is lost are taken back.
pub(crate) fn salvage(
    path: &Path,
    loaded: Loaded,
    id: &SessionId,
    start: impl FnOnce() -> SessionStarted,
    now: Timestamp,
) -> Result<Salvaged, StoreError> {
    let kept = files::copy_aside(path)?;
    let detail = detail(&loaded, &kept);
    let mut records = loaded.records;
    if !matches!(records.first().map(|record| &record.event), Some(Event::SessionStarted(_))) {
        let at = records.first().map_or(now, |first| first.at);
        records.insert(0, record(id, at, start().into()));
    }
    let mut records = mending::mend(records);
    let repaired = Repaired { kind: RepairKind::Quarantined, call: None, detail };
    records.push(record(id, now, repaired.into()));
    let taken_back = caution::taken_back(&records);
    let notice = caution::notice(&taken_back);
    records.extend(taken_back.into_iter().map(|event| record(id, now, event)));
    for (seq, record) in (0..).zip(&mut records) {
        record.seq = seq;
    }
    let write = |file: &mut dyn std::io::Write| {
        for record in &records {
            serde_json::to_writer(&mut *file, record)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    };
    files::replace(path, write).map_err(StoreError::io("salvage", path))?;
    Ok(Salvaged { records, notice })
}

fn record(id: &SessionId, at: Timestamp, event: Event) -> Record {
    Record { seq: 0, at, session: id.clone(), parent: None, event }
}

fn detail(loaded: &Loaded, kept: &Path) -> String {
    let name = kept.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines: Vec<String> = loaded.unreadable.iter().map(|bad| bad.line.to_string()).collect();
    let what = match lines.len() {
        0 if loaded.is_cut => "the last line was cut".to_owned(),
        0 => "records were missing or out of order".to_owned(),
        1 => format!("line {} could not be read", lines.concat()),
        _ => format!("lines {} could not be read", lines.join(", ")),
    };
    format!("{what}; the log as it was is kept in {name}")
}
