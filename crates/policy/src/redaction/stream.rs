//! Secrets in a text that arrives in pieces: what may be the beginning of one is held back until it is decided.
//!
//! *Invariants:* what comes out, joined, is what a single pass over the joined pieces gives, as long as no secret is
//! longer than what is held; no more than that is ever held.

use headwater_protocol::RedactStream;

use super::redactor::{Redactor, whole_text};
use super::spots::{Scan, Seam, Spot, replaced};

/// The most bytes that are held back.
const MOST_HELD: usize = 32 * 1024;
/// Bytes before the held ones that are remembered: what stands before a token decides whether it is one.
const REMEMBERED: usize = 16;
/// The longest word that is held back for patterns of the settings.
const LONGEST_WORD: usize = 256;

/// Text on its way.
#[derive(Debug)]
pub struct RedactedStream {
    redactor: Redactor,
    /// What was given last, as it came.
    before: Vec<u8>,
    /// Whether that ended with a secret.
    is_marked: bool,
    held: Vec<u8>,
}

impl RedactedStream {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, before: Vec::new(), is_marked: false, held: Vec::new() }
    }

    /// Takes the next piece, and gives what can be told by now.
    pub fn push_bytes(&mut self, piece: &[u8]) -> Vec<u8> {
        if !self.redactor.is_on() {
            return piece.to_vec();
        }
        self.held.extend_from_slice(piece);
        self.give(false)
    }

    /// The end: what was still held back.
    pub fn finish_bytes(&mut self) -> Vec<u8> {
        self.give(true)
    }

    fn give(&mut self, is_end: bool) -> Vec<u8> {
        let from = self.before.len();
        let text = [self.before.as_slice(), self.held.as_slice()].concat();
        let seam = Seam { at: from, is_marked: self.is_marked };
        let scan = self.redactor.scan(&text, seam);
        let end = if is_end { text.len() } else { self.undecided(&text, &scan, seam) };
        let given = scan.spots.into_iter().take_while(|spot| spot.end <= end);
        let given: Vec<Spot> = given
            .map(|spot| Spot {
                lead: spot.lead - from,
                start: spot.start - from,
                end: spot.end - from,
                ..spot
            })
            .collect();
        let out = replaced(text.get(from..end).unwrap_or_default(), &given);
        if end > from {
            self.is_marked = given.last().is_some_and(|spot| spot.end == end - from);
        }
        self.before = text.get(end.saturating_sub(REMEMBERED)..end).unwrap_or_default().to_vec();
        self.held = text.get(end..).unwrap_or_default().to_vec();
        out
    }

    /// Where the part begins of which more text may still make something.
    fn undecided(&self, text: &[u8], scan: &Scan, seam: Seam) -> usize {
        let begun = text.len() - self.redactor.begun(text, scan, seam);
        let word = if self.redactor.has_patterns() { last_word(text) } else { text.len() };
        let first = scan.open.unwrap_or(text.len()).min(begun).min(word).max(seam.at);
        let crossing = scan.spots.iter().find(|spot| spot.lead < first && spot.end > first);
        let first = crossing.map_or(first, |spot| spot.lead);
        if text.len() - first <= MOST_HELD { first } else { text.len() }
    }
}

/// Where the last word begins.
fn last_word(text: &[u8]) -> usize {
    let least = text.len().saturating_sub(LONGEST_WORD);
    let tail = text.get(least..).unwrap_or_default();
    tail.iter().rposition(u8::is_ascii_whitespace).map_or(least, |place| least + place + 1)
}

impl RedactStream for RedactedStream {
    fn push(&mut self, piece: &str) -> String {
        whole_text(self.push_bytes(piece.as_bytes()))
    }

    fn finish(&mut self) -> String {
        whole_text(self.finish_bytes())
    }
}
