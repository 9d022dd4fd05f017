//! Where characters and lines lie in a large text: a mark every few kilobytes, and a short count from there.
//!
//! *Invariants:* a lookup reads at most one stride of the text, whatever its size.

use memchr::memchr_iter;

/// Bytes between two marks.
const STRIDE: usize = 4096;

/// The marks of one text. Every method takes the bytes of that same text.
pub(crate) struct Landmarks {
    /// Characters before each mark; absent when every byte is a character.
    characters: Option<Vec<usize>>,
    /// Line feeds before each mark.
    lines: Vec<usize>,
}

impl Landmarks {
    /// Reads `bytes` once.
    pub(crate) fn of(bytes: &[u8], is_ascii: bool) -> Self {
        let characters = (!is_ascii).then(|| marks(bytes, count_characters));
        Self { characters, lines: marks(bytes, count_lines) }
    }

    /// Characters before byte `at`.
    pub(crate) fn characters_before(&self, bytes: &[u8], at: usize) -> usize {
        match &self.characters {
            None => at,
            Some(marks) => counted(marks, bytes, at, count_characters),
        }
    }

    /// The byte at which character number `wanted` begins; the length of the text beyond its end.
    pub(crate) fn byte_of_character(&self, bytes: &[u8], wanted: usize) -> usize {
        let Some(marks) = &self.characters else { return wanted.min(bytes.len()) };
        let (mark, before) = last_mark(marks, wanted);
        let rest = bytes.get(mark..).unwrap_or_default();
        let mut starts = rest.iter().enumerate().filter(|(_, byte)| starts_character(**byte));
        starts.nth(wanted - before).map_or(bytes.len(), |(at, _)| mark + at)
    }

    /// Line feeds before byte `at`: the number of its line, counted from 0.
    pub(crate) fn lines_before(&self, bytes: &[u8], at: usize) -> usize {
        counted(&self.lines, bytes, at, count_lines)
    }

    /// The first byte of line number `wanted`, counted from 0; `None` when there are fewer line feeds.
    pub(crate) fn byte_of_line(&self, bytes: &[u8], wanted: usize) -> Option<usize> {
        let Some(feeds) = wanted.checked_sub(1) else { return Some(0) };
        let (mark, before) = last_mark(&self.lines, feeds);
        let rest = bytes.get(mark..).unwrap_or_default();
        memchr_iter(b'\n', rest).nth(feeds - before).map(|at| mark + at + 1)
    }
}

/// How many units lie before each stride.
fn marks(bytes: &[u8], count: fn(&[u8]) -> usize) -> Vec<usize> {
    let mut before = 0;
    let mark = |stride: &[u8]| {
        let mark = before;
        before += count(stride);
        mark
    };
    bytes.chunks(STRIDE).map(mark).collect()
}

fn counted(marks: &[usize], bytes: &[u8], at: usize, count: fn(&[u8]) -> usize) -> usize {
    let at = at.min(bytes.len());
    let index = (at / STRIDE).min(marks.len().saturating_sub(1));
    let before = marks.get(index).copied().unwrap_or_default();
    before + count(bytes.get(index * STRIDE..at).unwrap_or_default())
}

/// The last mark with at most `wanted` units before it: its byte, and how many they are.
fn last_mark(marks: &[usize], wanted: usize) -> (usize, usize) {
    let index = marks.partition_point(|before| *before <= wanted).saturating_sub(1);
    (index * STRIDE, marks.get(index).copied().unwrap_or_default())
}

fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| starts_character(**byte)).count()
}

fn count_lines(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

fn starts_character(byte: u8) -> bool {
    (byte & 0xC0) != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lookups_agree_with_counting(unit in "[aé猫\n]{1,40}", times in 1usize..400) {
            let text = unit.repeat(times);
            let bytes = text.as_bytes();
            let marks = Landmarks::of(bytes, text.is_ascii());
            let step = (text.chars().count() / 50).max(1);
            for (number, (at, _)) in text.char_indices().enumerate().step_by(step) {
                prop_assert_eq!(marks.characters_before(bytes, at), number);
                prop_assert_eq!(marks.byte_of_character(bytes, number), at);
                prop_assert_eq!(marks.lines_before(bytes, at), text.get(..at).unwrap_or_default().matches('\n').count());
            }
            let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
            for (line, at) in starts.enumerate().step_by(step) {
                prop_assert_eq!(marks.byte_of_line(bytes, line), Some(at));
            }
            let lines = text.matches('\n').count();
            prop_assert_eq!(marks.byte_of_line(bytes, lines + 1), None);
            prop_assert_eq!(marks.byte_of_character(bytes, text.chars().count() + 5), bytes.len());
        }
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let marks = Landmarks::of(b"", true);
        assert_eq!(marks.lines_before(b"", 0), 0);
        assert_eq!(marks.byte_of_line(b"", 0), Some(0));
        assert_eq!(marks.byte_of_line(b"", 1), None);
        assert_eq!(marks.byte_of_character(b"", 3), 0);
    }
}
