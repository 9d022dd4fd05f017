//! Reading a log: every line that is a record, and what is wrong with the rest.

use headwater_protocol::{Record, invariants};
use serde::Deserialize;

/// The records of a log.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Those that could be read, in order.
    pub records: Vec<Record>,
    /// Lines that could not, with their number from 1.
    pub unreadable: Vec<UnreadableLine>,
    /// Whether the log ends within a line, as a killed process leaves it.
    pub is_cut: bool,
    /// The version of the event schema that its first line names, also when this program cannot read the rest
    /// of that line.
    pub schema: Option<u64>,
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
    /// Whether the log has to be salvaged before it can be appended to: a line that cannot be read, or one that
    /// is missing, so that a number or the counterpart of a record is.
    pub fn is_damaged(&self) -> bool {
        self.is_cut
            || !self.unreadable.is_empty()
            || self.records.is_empty()
            || !invariants::check(&self.records).is_empty()
    }
}

/// What a first line says whatever the version of the schema.
#[derive(Deserialize)]
struct Claim {
    schema: u64,
}

/// Reads every line of a log; never fails, and says what it could not read.
pub(crate) fn parse(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded { is_cut: bytes.last().is_some_and(|last| *last != b'\n'), ..Loaded::default() };
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if loaded.records.is_empty() && loaded.unreadable.is_empty() {
            loaded.schema = serde_json::from_slice(line).ok().map(|Claim { schema }| schema);
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

    #[test]
    fn the_schema_of_a_first_line_is_known_even_when_the_line_cannot_be_read() {
        assert_eq!(parse(br#"{"type":"session_started","schema":7,"all":"else is new"}"#).schema, Some(7));
        assert_eq!(parse(b"no record\n{\"schema\":7}\n").schema, None);
    }
}
