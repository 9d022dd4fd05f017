//! The texts that a call of a helper works on, and the rows that name parts of them.
//!
//! A row is `[text, start, end, line]`: the number of the text in the request, two offsets in *characters* of that
//! text, and the line of the start, counted from 1 in the part of the context that the text belongs to.

use std::ops::Range;
use std::sync::Arc;

use headwater_protocol::corpus::CorpusPart;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::landmarks::Landmarks;
use crate::entry::HelperCall;

/// The most places that one reply names. A worker is not trusted: what it asks for must fit into memory.
pub(crate) const MOST_ROWS: usize = 200_000;

/// One text of a request.
pub(crate) struct Piece<'a> {
    /// Its number in the request.
    pub(crate) index: usize,
    /// The text itself; offsets in bytes are counted from its beginning.
    pub(crate) text: &'a str,
    /// The part of the context it belongs to.
    part: Option<&'a CorpusPart>,
    whole: &'a [u8],
    start: usize,
    marks: Arc<Landmarks>,
    first_character: usize,
}

impl<'a> Piece<'a> {
    /// Words that belong to no part of the context.
    pub(crate) fn words(index: usize, text: &'a str) -> Self {
        let marks = Arc::new(Landmarks::of(text.as_bytes(), text.is_ascii()));
        Self { index, text, part: None, whole: text.as_bytes(), start: 0, marks, first_character: 0 }
    }

    /// The bytes of `range` of a part of the context.
    fn of_part(call: &HelperCall, index: usize, part: &'a CorpusPart, range: Range<usize>) -> Option<Self> {
        let text = part.text.get(range.clone())?;
        let whole = part.text.as_bytes();
        let build = || Landmarks::of(whole, part.text.is_ascii());
        let marks = call.cache.get(&format!("landmarks {}", part.sha256), build);
        let first_character = marks.characters_before(whole, range.start);
        Some(Self { index, text, part: Some(part), whole, start: range.start, marks, first_character })
    }

    /// The name of the part it belongs to.
    pub(crate) fn name(&self) -> Option<&'a str> {
        self.part.map(|part| part.name.as_str())
    }

    /// The digest of the part, when this is all of it. What is worked out for whole parts is worth keeping; of the many
    /// pieces that a mission looks at it would only pile up.
    pub(crate) fn digest(&self) -> Option<&'a str> {
        let part = self.part.filter(|_| self.text.len() == self.whole.len())?;
        Some(&part.sha256)
    }

    /// Characters before byte `at`.
    pub(crate) fn characters_before(&self, at: usize) -> usize {
        self.marks.characters_before(self.whole, self.start + at) - self.first_character
    }

    /// Characters of the whole text.
    pub(crate) fn characters(&self) -> usize {
        self.characters_before(self.text.len())
    }

    /// Lines of the whole text; a last one without an end counts too.
    pub(crate) fn lines(&self) -> usize {
        let end = self.text.len();
        let feeds = self.line(end) - self.line(0);
        feeds + usize::from(end > 0 && !self.text.ends_with('\n'))
    }

    /// The byte that lies `characters` behind byte `at`, at most the end.
    pub(crate) fn forward(&self, at: usize, characters: usize) -> usize {
        let wanted = self.marks.characters_before(self.whole, self.start + at).saturating_add(characters);
        (self.marks.byte_of_character(self.whole, wanted) - self.start).min(self.text.len())
    }

    /// The byte that lies `characters` before byte `at`, at least the beginning.
    pub(crate) fn backward(&self, at: usize, characters: usize) -> usize {
        let wanted = self.marks.characters_before(self.whole, self.start + at).saturating_sub(characters);
        self.marks.byte_of_character(self.whole, wanted).saturating_sub(self.start)
    }

    /// The line of byte `at`, counted from 1 in the part of the context.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.marks.lines_before(self.whole, self.start + at) + 1
    }

    /// The first byte of a line of this text, counted from 0 in this text.
    pub(crate) fn start_of_line(&self, line: usize) -> Option<usize> {
        if line == 0 {
            return Some(0);
        }
        let before = self.marks.lines_before(self.whole, self.start);
        let at = self.marks.byte_of_line(self.whole, before + line)?.checked_sub(self.start)?;
        (at <= self.text.len()).then_some(at)
    }

    /// The words between two bytes of this text.
    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The row that names `range`.
    pub(crate) fn row(&self, range: &Range<usize>) -> Value {
        let (start, end) = (self.characters_before(range.start), self.characters_before(range.end));
        json!([self.index, start, end, self.line(range.start)])
    }
}

/// Reads the arguments of a call.
pub(crate) fn arguments<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

/// The texts that `wanted` names: `"*"` is every part of the context, anything else a list of texts.
pub(crate) fn pieces<'a>(call: &'a HelperCall, wanted: &'a Value) -> Result<Vec<Piece<'a>>, String> {
    if wanted.as_str() == Some("*") {
        let parts = call.corpus.parts.iter().enumerate();
        return Ok(parts
            .filter_map(|(index, part)| Piece::of_part(call, index, part, 0..part.text.len()))
            .collect());
    }
    let wanted = wanted.as_array().ok_or("the texts are not a list")?;
    wanted.iter().enumerate().map(|(index, piece)| one(call, index, piece)).collect()
}

fn one<'a>(call: &'a HelperCall, index: usize, piece: &'a Value) -> Result<Piece<'a>, String> {
    if let Some(words) = piece.get("text").and_then(Value::as_str) {
        return Ok(Piece::words(index, words));
    }
    let source = piece.get("source").and_then(Value::as_str);
    let part = source.and_then(|sha256| call.corpus.find(sha256));
    let part = part.ok_or("this is neither a text nor a part of the context")?;
    let at = |name: &str| usize::try_from(piece.get(name)?.as_u64()?).ok();
    let range = at("start").zip(at("end")).map(|(start, end)| start..end);
    range
        .and_then(|range| Piece::of_part(call, index, part, range))
        .ok_or_else(|| format!("`{}` has no such part", part.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::tests::call_with;

    #[test]
    fn rows_count_characters_and_the_lines_of_the_part() {
        let call = call_with(&[("a", "één\ntwee\ndrie")]);
        let sha = &call.corpus.parts[0].sha256;
        let wanted = json!([{"source": sha, "start": 6, "end": 15}, {"text": "x\nyé"}]);
        let found = pieces(&call, &wanted).unwrap();
        assert_eq!(found[0].text, "twee\ndrie");
        assert_eq!(found[0].row(&(5..9)), json!([0, 5, 9, 3]));
        assert_eq!(found[0].start_of_line(1), Some(5));
        assert_eq!(found[0].start_of_line(2), None);
        assert_eq!(found[1].row(&(2..5)), json!([1, 2, 4, 2]));
        assert_eq!((found[0].forward(0, 6), found[0].backward(9, 100)), (6, 0));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let call = call_with(&[("a", "één")]);
        let sha = &call.corpus.parts[0].sha256;
        let table = [
            json!([{"source": "nobody", "start": 0, "end": 1}]),
            json!([{"source": sha, "start": 0, "end": 1}]),
            json!([{"source": sha, "start": 0, "end": 99}]),
            json!([{}]),
            json!({}),
        ];
        for wanted in table {
            assert!(pieces(&call, &wanted).is_err(), "{wanted}");
        }
    }
}
