//! What a plan works on: texts one behind the other, as if they were one.

use std::ops::Range;

use headwater_protocol::{Corpus, PromptPiece};

/// Bytes of each look at a text.
const SAMPLE: usize = 8 << 10;

/// Texts one behind the other.
#[derive(Debug, Default)]
pub(super) struct Stretch<'a> {
    texts: Vec<Text<'a>>,
    len: usize,
}

#[derive(Debug)]
struct Text<'a> {
    piece: PromptPiece,
    words: &'a str,
    /// Where it begins in the whole.
    at: usize,
}

impl<'a> Stretch<'a> {
    /// The texts of `over`, or the whole corpus when there are none.
    pub(super) fn of(over: &'a [PromptPiece], corpus: &'a Corpus) -> Result<Self, String> {
        let mut stretch = Self::default();
        for piece in over {
            let text =
                piece.resolve(corpus).ok_or("the plan names a part of the context that does not exist")?;
            stretch.push(piece.clone(), text);
        }
        if over.is_empty() {
            for part in corpus.parts.iter() {
                let (source, end) = (part.sha256.clone(), part.text.len() as u64);
                stretch.push(PromptPiece::Span { source, start: 0, end }, part.text.as_str());
            }
        }
        if stretch.len == 0 {
            return Err("there is no text to plan over: the context is empty".to_owned());
        }
        Ok(stretch)
    }

    fn push(&mut self, piece: PromptPiece, text: &'a str) {
        if !text.is_empty() {
            self.texts.push(Text { piece, words: text, at: self.len });
            self.len += text.len();
        }
    }

    /// Bytes a token, by a look at the beginning, the middle and the end.
    pub(super) fn bytes_per_token(&self) -> f64 {
        let middle = self.len / 2;
        let looks = [0..SAMPLE, middle..middle + SAMPLE, self.len.saturating_sub(SAMPLE)..self.len];
        let sample: String = looks
            .into_iter()
            .map(|look| self.floor(look.start.min(self.len))..self.floor(look.end.min(self.len)))
            .flat_map(|look| self.texts(look).map(|(_, text)| text).collect::<Vec<_>>())
            .collect();
        headwater_context::bytes_per_token(&sample)
    }

    /// All bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The texts that lie in `range`, each with its beginning in the whole. Both ends must be boundaries.
    pub(super) fn texts(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        self.parts(range).filter_map(|(text, inside)| Some((text.at + inside.start, text.words.get(inside)?)))
    }

    /// `range` as pieces of a prompt.
    pub(super) fn pieces(&self, range: Range<usize>) -> Vec<PromptPiece> {
        let piece = |(text, inside): (&Text<'_>, Range<usize>)| match &text.piece {
            PromptPiece::Text { .. } => PromptPiece::text(text.words.get(inside).unwrap_or_default()),
            PromptPiece::Span { source, start, .. } => PromptPiece::Span {
                source: source.clone(),
                start: start + inside.start as u64,
                end: start + inside.end as u64,
            },
        };
        self.parts(range).map(piece).collect()
    }

    /// The nearest boundary of a character at or before `at`; the end of a text is one.
    pub(super) fn floor(&self, at: usize) -> usize {
        match self.text_at(at) {
            Some(text) => text.at + text.words.floor_char_boundary(at - text.at),
            None => self.len,
        }
    }

    /// The best place to cut in `window`, from its end backwards: between texts, else behind a line, else behind a
    /// space, else anywhere.
    pub(super) fn cut(&self, window: Range<usize>) -> usize {
        let last = self.floor(window.end);
        let between = self.text_at(last).map_or(self.len, |text| text.at);
        if between > window.start && between <= last {
            return between;
        }
        let from = self.floor(window.start).max(between);
        let in_window = || self.texts(from..last).last();
        for wanted in [b'\n', b' '] {
            let place =
                in_window().and_then(|(at, text)| Some(at + text.bytes().rposition(|b| b == wanted)? + 1));
            if let Some(place) = place.filter(|place| *place > window.start) {
                return place;
            }
        }
        last
    }

    fn text_at(&self, at: usize) -> Option<&Text<'a>> {
        if at >= self.len {
            return None;
        }
        let behind = self.texts.partition_point(|text| text.at <= at);
        self.texts.get(behind.checked_sub(1)?)
    }

    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (&Text<'a>, Range<usize>)> + '_ {
        let first = self.texts.partition_point(|text| text.at + text.words.len() <= range.start);
        let (start, end) = (range.start, range.end);
        let touched = self.texts.iter().skip(first).take_while(move |text| text.at < end);
        touched.map(move |text| {
            let inside = start.saturating_sub(text.at)..(end - text.at).min(text.words.len());
            (text, inside)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Texts that are no part of a corpus.
    pub(in super::super) fn words(texts: &[&str]) -> Vec<PromptPiece> {
        texts.iter().map(|text| PromptPiece::text(*text)).collect()
    }

    #[test]
    fn texts_are_one_and_keep_their_places() {
        let corpus = Corpus::default();
        let over = words(&["ab\ncd", "", "é f"]);
        let stretch = Stretch::of(&over, &corpus).unwrap();
        assert_eq!(stretch.len(), 9);
        assert_eq!(stretch.texts(3..7).collect::<Vec<_>>(), [(3, "cd"), (5, "é")]);
        assert_eq!(stretch.pieces(3..7), words(&["cd", "é"]));
        assert_eq!((stretch.floor(6), stretch.floor(7), stretch.floor(99)), (5, 7, 9));
        let cuts = [(0..4, 3), (0..3, 3), (3..6, 5), (5..9, 9), (6..9, 9), (5..8, 8), (0..2, 2)];
        for (window, expected) in cuts {
            assert_eq!(stretch.cut(window.clone()), expected, "{window:?}");
        }
        assert!(Stretch::of(&[], &corpus).is_err());
    }
}
