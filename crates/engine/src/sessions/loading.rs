//! Reading a log: every line that is a record, and what is wrong with the rest.

use std::num::NonZero;
use std::thread;

use headwater_protocol::{ChainReport, Record, chain, invariants};
use serde::Deserialize;

/// The first schema whose logs are sealed.
const SEALED_SINCE: u64 = 2;
/// Bytes that are not worth a thread.
const LITTLE: usize = 1 << 20;

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
    /// What the seals of the lines say.
    pub chain: ChainReport,
    /// Lines, empty ones included.
    pub lines: usize,
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
    /// Whether the log has to be salvaged before it can be appended to: a line that cannot be read, one that
    /// is missing, so that a number or the counterpart of a record is, or one that this program did not write.
    pub fn is_damaged(&self) -> bool {
        self.is_cut
            || !self.unreadable.is_empty()
            || self.records.is_empty()
            || !self.chain.breaks.is_empty()
            || self.is_stripped()
            || !invariants::check(&self.records).is_empty()
    }

    /// Whether a log that was sealed when it was written has no seal any more. What was exported has none either.
    pub fn is_stripped(&self) -> bool {
        self.schema.is_some_and(|schema| schema >= SEALED_SINCE) && self.chain.sealed == 0
    }
}

/// What a first line says whatever the version of the schema.
#[derive(Deserialize)]
struct Claim {
    schema: u64,
}

/// Reads every line of a log; never fails, and says what it could not read. A long log is read by several threads,
/// and its seals are checked by another.
pub(crate) fn parse(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded {
        is_cut: bytes.last().is_some_and(|last| *last != b'\n'),
        schema: schema_of(bytes),
        ..Loaded::default()
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let pieces = pieces(bytes, threads.min(1 + bytes.len() / LITTLE));
    thread::scope(|scope| {
        let beside = |bytes| thread::Builder::new().spawn_scoped(scope, move || Piece::read(bytes));
        // A single one is read here, and so is what the system grants no thread for.
        let is_one = pieces.len() < 2;
        let others: Vec<_> = pieces
            .iter()
            .map(|piece| (*piece, (!is_one).then(|| beside(piece)).and_then(Result::ok)))
            .collect();
        loaded.chain = chain::verify(bytes);
        let read = others.into_iter().map(|(bytes, thread)| {
            thread.and_then(|thread| thread.join().ok()).unwrap_or_else(|| Piece::read(bytes))
        });
        for piece in read {
            piece.add_to(&mut loaded);
        }
    });
    loaded
}

/// The lines of a part of a log.
#[derive(Default)]
struct Piece {
    records: Vec<Record>,
    unreadable: Vec<UnreadableLine>,
    lines: usize,
}

impl Piece {
    fn read(bytes: &[u8]) -> Self {
        let mut piece = Self::default();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes).map(|end| end + 1).chain([bytes.len()]) {
            let line = bytes.get(start..end).unwrap_or_default();
            start = end;
            if line.is_empty() {
                continue;
            }
            piece.lines += 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let parsed = std::str::from_utf8(line)
                .map_err(|error| error.to_string())
                .and_then(|text| Record::from_line(text).map_err(|error| error.to_string()));
            match parsed {
                Ok(record) => piece.records.push(record),
                Err(error) => piece.unreadable.push(UnreadableLine { line: piece.lines, error }),
            }
        }
        piece
    }

    fn add_to(mut self, loaded: &mut Loaded) {
        let before = loaded.lines;
        loaded.lines += self.lines;
        loaded.records.append(&mut self.records);
        let placed = self.unreadable.into_iter();
        loaded.unreadable.extend(placed.map(|bad| UnreadableLine { line: before + bad.line, ..bad }));
    }
}

/// Cuts a log into so many parts of about the same size, each of whole lines.
fn pieces(bytes: &[u8], count: usize) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(count);
    let mut rest = bytes;
    for left in (1..=count).rev() {
        let about = rest.len() / left;
        let behind = rest.get(about..).unwrap_or_default();
        let end = behind.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |place| about + place + 1);
        let Some((piece, after)) = rest.split_at_checked(end).filter(|(piece, _)| !piece.is_empty()) else {
            break;
        };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The schema that the first line names.
fn schema_of(bytes: &[u8]) -> Option<u64> {
    let first = bytes.split(|byte| *byte == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace))?;
    serde_json::from_slice(first).ok().map(|Claim { schema }| schema)
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
    fn a_log_read_in_parts_is_the_log_read_whole() {
        let line = |seq: u64| {
            let text = "x".repeat(usize::try_from(seq % 700).unwrap());
            format!(
                r#"{{"seq":{seq},"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"user_message","text":"{text}"}}"#
            )
        };
        let lines: Vec<String> =
            (0..9_000).map(|seq| if seq % 1_000 == 999 { "no record".into() } else { line(seq) }).collect();
        for end in ["", "\n", "\n{\"cut"] {
            let log = lines.join("\n") + end;
            for count in 1..9 {
                assert_eq!(pieces(log.as_bytes(), count).concat(), log.as_bytes());
            }
            let (parts, whole) = (parse(log.as_bytes()), Piece::read(log.as_bytes()));
            assert!(log.len() > 2 * LITTLE, "it takes one thread");
            assert_eq!((parts.records, parts.lines), (whole.records, whole.lines));
            assert_eq!(parts.unreadable, whole.unreadable);
        }
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
