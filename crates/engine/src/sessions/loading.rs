//! Reading a log, and setting aside what cannot be read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use headwater_protocol::events::{RepairKind, Repaired, SessionStarted};
use headwater_protocol::{Event, Record, SessionId, Timestamp};

use super::StoreError;

/// The records of a log.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Those that could be read, in order.
    pub records: Vec<Record>,
    /// Lines that could not, with their number from 1.
    pub unreadable: Vec<UnreadableLine>,
    /// Whether the log ends within a line, as a killed process leaves it.
    pub is_cut: bool,
}

/// A line that is no record.
#[derive(Debug, PartialEq, Eq)]
pub struct UnreadableLine {
    /// Its number, from 1.
    pub line: usize,
    /// Why it could not be read.
    pub error: String,
}

impl Loaded {
    /// Whether the log has to be salvaged before it can be appended to.
    pub fn is_damaged(&self) -> bool {
        self.is_cut
            || !self.unreadable.is_empty()
            || !matches!(self.records.first().map(|record| &record.event), Some(Event::SessionStarted(_)))
            || self.records.iter().enumerate().any(|(position, record)| record.seq != position as u64)
    }
}

/// Reads every line of a log; never fails, and says what it could not read.
pub(crate) fn parse(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded { is_cut: bytes.last().is_some_and(|last| *last != b'\n'), ..Loaded::default() };
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed = std::str::from_utf8(line)
            .map_err(|error| error.to_string())
            .and_then(|text| Record::from_line(text).map_err(|error| error.to_string()));
        match parsed {
            Ok(record) => loaded.records.push(record),
            Err(error) => loaded.unreadable.push(UnreadableLine { line: index + 1, error }),
        }
    }
    loaded
}

/// Makes a damaged log whole again: the log as it was is kept beside it under another name, and the readable
/// records are written to a fresh log in one step, in their order and densely numbered, with a `repaired`
/// record that says what was set aside. `start` stands in for a first record that is lost.
pub(crate) fn salvage(
    path: &Path,
    loaded: Loaded,
    id: &SessionId,
    start: impl FnOnce() -> SessionStarted,
    now: Timestamp,
) -> Result<Vec<Record>, StoreError> {
    let kept = keep_aside(path)?;
    let detail = detail(&loaded, &kept);
    let mut records = loaded.records;
    let begins = matches!(records.first().map(|record| &record.event), Some(Event::SessionStarted(_)));
    if !begins {
        records.insert(0, record(id, now, start().into()));
    }
    let repaired = Repaired { kind: RepairKind::Quarantined, call: None, detail };
    records.push(record(id, now, repaired.into()));
    for (seq, record) in (0..).zip(&mut records) {
        record.seq = seq;
    }
    replace(path, &records)?;
    Ok(records)
}

fn record(id: &SessionId, at: Timestamp, event: Event) -> Record {
    Record { seq: 0, at, session: id.clone(), parent: None, event }
}

/// Copies the log to the first free `transcript.quarantine-N.jsonl`.
fn keep_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut number = 1_u32;
    loop {
        let aside = path.with_file_name(format!("transcript.quarantine-{number}.jsonl"));
        if !aside.exists() {
            std::fs::copy(path, &aside).map_err(StoreError::io("copy the damaged log to", &aside))?;
            return Ok(aside);
        }
        number += 1;
    }
}

fn detail(loaded: &Loaded, kept: &Path) -> String {
    let name = kept.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines: Vec<String> = loaded.unreadable.iter().map(|bad| bad.line.to_string()).collect();
    let what = match lines.len() {
        0 => "the order of the records".to_owned(),
        1 => format!("line {}", lines.concat()),
        _ => format!("lines {}", lines.join(", ")),
    };
    format!("{what} could not be read; the log as it was is kept in {name}")
}

/// Writes the records to a temporary file, syncs it, and renames it over the log.
fn replace(path: &Path, records: &[Record]) -> Result<(), StoreError> {
    let fresh = path.with_extension("jsonl.new");
    let write = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(&fresh)?);
        for record in records {
            serde_json::to_writer(&mut file, record)?;
            file.write_all(b"\n")?;
        }
        file.into_inner()?.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    write().map_err(StoreError::io("salvage", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_last_line_costs_only_itself() {
        let good = r#"{"seq":0,"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"user_message","text":"a"}"#;
        let loaded = parse(format!("{good}\n\n{{\"seq\":1,\"at").as_bytes());
        assert_eq!(loaded.records.len(), 1);
        assert!(loaded.is_cut && loaded.is_damaged());
        assert_eq!(loaded.unreadable.len(), 1);
        assert_eq!(loaded.unreadable[0].line, 3);
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_line() {
        let loaded = parse(b"\xff\xfe\n{}\n");
        assert_eq!(loaded.unreadable.iter().map(|bad| bad.line).collect::<Vec<_>>(), [1, 2]);
        assert!(!loaded.is_cut);
    }
}
