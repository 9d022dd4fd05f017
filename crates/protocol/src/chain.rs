//! The chain of a log: each line carries a digest of itself and of everything before it, so that a line which is changed,
//! removed, put in or moved afterwards is found (HARNESS A5).
//!
//! *Invariants:* the seal stands at the end of a line, outside of what it seals, and nothing but the chain reads it.
//!
//! *Not here:* a key. Who can write the log can seal it anew from the change on; what stays the same then is the digest
//! of nothing behind the change, so a copy of any later seal that lies elsewhere finds it. Lines missing at the very end
//! are found the same way only.

use sha2::{Digest as _, Sha256};

/// What stands before the digest of a line.
const FIELD: &str = ",\"chain\":\"";
/// Digits of a digest.
const DIGITS: usize = 16;
/// Bytes of a seal: the field, the digest, and the end of the line.
const SEAL: usize = FIELD.len() + DIGITS + "\"}".len();

/// The digest of a log up to a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chain([u8; DIGITS / 2]);

/// Where a log does not follow from what stands before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// The line, or what stood before it, is not what was sealed.
    #[error(
        "line {line}{} does not follow from what stands before it: it was changed, moved, or lines before it are missing",
        told(*seq)
    )]
    Changed {
        /// Number of the line, from 1.
        line: usize,
        /// The record's number, as far as it can be read.
        seq: Option<u64>,
    },
    /// The line has no seal although lines before it have.
    #[error("line {line}{} was not written by this program: it has no seal", told(*seq))]
    Unsealed {
        /// Number of the line, from 1.
        line: usize,
        /// The record's number, as far as it can be read.
        seq: Option<u64>,
    },
}

fn told(seq: Option<u64>) -> String {
    seq.map_or_else(String::new, |seq| format!(" (record {seq})"))
}

/// What a check of the chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// Lines with a seal.
    pub sealed: usize,
    /// Lines before the first seal: those of an older program, or all of an exported log.
    pub unsealed: usize,
    /// Where it breaks.
    pub breaks: Vec<Break>,
    /// The digest of everything, for the next line.
    pub head: Chain,
}

impl Chain {
    /// Seals the next line; the digest that the one after it goes on from.
    #[must_use]
    pub fn seal(self, line: &mut String) -> Self {
        let next = self.over(line.as_bytes());
        if line.pop() == Some('}') {
            line.push_str(FIELD);
            line.extend(next.digits().map(char::from));
            line.push_str("\"}");
        }
        next
    }

    /// The digest that the last line of a log carries; `None` where it carries none.
    pub fn at_end_of(log: &[u8]) -> Option<Self> {
        let line = log.strip_suffix(b"\n")?;
        split(line).map(|(_, chain)| chain)
    }

    fn over(self, line: &[u8]) -> Self {
        self.over_both(line, b"")
    }

    fn over_both(self, line: &[u8], end: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(line).chain_update(end).finalize();
        let mut next = Self::default();
        next.0.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
        next
    }

    fn digits(self) -> impl Iterator<Item = u8> {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        self.0.into_iter().flat_map(move |byte| [digit(byte >> 4), digit(byte & 15)])
    }

    fn from_digits(digits: &[u8]) -> Option<Self> {
        let mut chain = Self::default();
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _other => None,
        };
        for (byte, pair) in chain.0.iter_mut().zip(digits.chunks_exact(2)) {
            if let [high, low] = pair {
                *byte = (nibble(*high)? << 4) | nibble(*low)?;
            }
        }
        Some(chain)
    }
}

/// A line without its seal and without the brace that ends it, and what the seal says; `None` where it has none.
fn split(line: &[u8]) -> Option<(&[u8], Chain)> {
    let (body, seal) = line.split_at_checked(line.len().checked_sub(SEAL)?)?;
    let digits = seal.strip_prefix(FIELD.as_bytes())?.strip_suffix(b"\"}")?;
    Some((body, Chain::from_digits(digits)?))
}

/// Checks the chain of a whole log. Behind a break it goes on from the seal it found, so that each is told once.
pub fn verify(log: &[u8]) -> ChainReport {
    let mut report = ChainReport::default();
    for (index, line) in lines(log).enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let place = || (index + 1, seq_of(line));
        let Some((body, sealed)) = split(line) else {
            report.head = report.head.over(line);
            if report.sealed == 0 {
                report.unsealed += 1;
            } else {
                let (line, seq) = place();
                report.breaks.push(Break::Unsealed { line, seq });
            }
            continue;
        };
        if report.head.over_both(body, b"}") != sealed {
            let (line, seq) = place();
            report.breaks.push(Break::Changed { line, seq });
        }
        report.sealed += 1;
        report.head = sealed;
    }
    report
}

/// The lines of a log, without their ends.
fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', log).chain([log.len()]).map(move |end| {
        let line = log.get(start..end).unwrap_or_default();
        start = end + 1;
        line
    })
}

/// The number with which a line begins.
fn seq_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(b"{\"seq\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::UserMessage;
    use crate::{Record, Timestamp};

    fn record(seq: u64) -> Record {
        let event = UserMessage { text: format!("message {seq}, \"chain\":\"no\"") }.into();
        Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event }
    }

    fn sealed(records: impl IntoIterator<Item = Record>) -> Vec<String> {
        let mut chain = Chain::default();
        let line = |record: Record| {
            let mut line = record.to_line().unwrap();
            chain = chain.seal(&mut line);
            line
        };
        records.into_iter().map(line).collect()
    }

    fn log(lines: &[String]) -> Vec<u8> {
        lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
    }

    fn broken(lines: &[String]) -> Vec<(usize, bool)> {
        let of = |found: &Break| match found {
            Break::Changed { line, .. } => (*line, true),
            Break::Unsealed { line, .. } => (*line, false),
        };
        verify(&log(lines)).breaks.iter().map(of).collect()
    }

    #[test]
    fn a5_a_sealed_line_reads_as_the_record_it_is_and_the_chain_holds() {
        let lines = sealed((0..5).map(record));
        for (seq, line) in (0..).zip(&lines) {
            assert_eq!(Record::from_line(line).unwrap(), record(seq));
        }
        let report = verify(&log(&lines));
        assert_eq!((report.sealed, report.unsealed, report.breaks), (5, 0, vec![]));
        assert_eq!(Chain::at_end_of(&log(&lines)), Some(report.head));
        assert_ne!(report.head, Chain::default());
    }

    #[test]
    fn a5_an_edit_a_removal_an_insertion_and_a_move_are_found_at_their_place() {
        let good = sealed((0..6).map(record));
        let edited = |at: usize, line: &str| {
            let mut lines = good.clone();
            lines[at] = line.to_owned();
            lines
        };
        assert_eq!(broken(&edited(2, &good[2].replace("message 2", "message 9"))), [(3, true)]);
        assert_eq!(broken(&edited(2, &record(2).to_line().unwrap())), [(3, false)]);
        // Sealed anew by somebody who knows how: what stands behind it does not follow.
        let mut forged =
            Record { event: UserMessage { text: "forged".into() }.into(), ..record(2) }.to_line().unwrap();
        let before = verify(&log(&good[..2])).head;
        let _next = before.seal(&mut forged);
        assert_eq!(broken(&edited(2, &forged)), [(4, true)]);
        for at in 0..5 {
            let mut removed = good.clone();
            removed.remove(at);
            assert_eq!(broken(&removed), [(at + 1, true)], "without line {}", at + 1);
            let mut moved = good.clone();
            moved.swap(at, at + 1);
            assert_eq!(broken(&moved).first(), Some(&(at + 1, true)), "{} with the next", at + 1);
        }
        let mut doubled = good.clone();
        doubled.insert(3, good[2].clone());
        assert_eq!(broken(&doubled), [(4, true)]);
    }

    #[test]
    fn a5_a_log_of_an_older_program_is_sealed_from_where_this_one_goes_on() {
        let mut lines: Vec<String> = (0..3).map(|seq| record(seq).to_line().unwrap()).collect();
        let mut chain = verify(&log(&lines)).head;
        for seq in 3..5 {
            let mut line = record(seq).to_line().unwrap();
            chain = chain.seal(&mut line);
            lines.push(line);
        }
        let report = verify(&log(&lines));
        assert_eq!((report.sealed, report.unsealed, report.breaks), (2, 3, vec![]));
        lines[1] = lines[1].replace("message 1", "message 7");
        assert_eq!(broken(&lines), [(4, true)], "the first seal covers what was before it");
    }

    #[test]
    fn a5_an_event_of_a_newer_program_keeps_its_fields_and_not_the_seal() {
        let line = r#"{"seq":0,"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"from_the_future","a":1}"#;
        let mut with_seal = line.to_owned();
        let _next = Chain::default().seal(&mut with_seal);
        assert_eq!(Record::from_line(&with_seal).unwrap().to_line().unwrap(), line);
    }
}
