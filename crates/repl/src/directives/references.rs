//! Words on their way to a child: what stands in the context travels by reference, also when a block copied it.

use headwater_protocol::corpus::{Corpus, PromptPiece};
use memchr::memmem::Finder;

/// Shorter texts are not worth a reference, in bytes.
const WORTH_A_REFERENCE: usize = 1024;
/// Each search reads the whole context; after so many in vain, texts are taken to be the block's own.
const MOST_MISSES: usize = 16;

/// Finds copies of the context in prompts. Pieces usually come in the order of the text, so the search goes on where the
/// last one was found.
pub(super) struct References<'a> {
    corpus: &'a Corpus,
    /// The part and the byte behind the last copy.
    last: (usize, usize),
    /// Texts that were looked for in vain.
    misses: usize,
}

impl<'a> References<'a> {
    pub(super) fn new(corpus: &'a Corpus) -> Self {
        Self { corpus, last: (0, 0), misses: 0 }
    }

    /// The same words, with references for copies.
    pub(super) fn shorten(&mut self, words: Vec<PromptPiece>) -> Vec<PromptPiece> {
        words.into_iter().map(|piece| self.shorten_piece(piece)).collect()
    }

    fn shorten_piece(&mut self, piece: PromptPiece) -> PromptPiece {
        let PromptPiece::Text { text } = &piece else { return piece };
        if text.len() < WORTH_A_REFERENCE {
            return piece;
        }
        let finder = Finder::new(text.as_bytes());
        let (part, from) = self.last;
        let next = if self.misses < MOST_MISSES { self.find(&finder, part, from) } else { None };
        let found = next.or_else(|| self.find_anywhere(&finder));
        let Some((part, at)) = found else {
            self.misses = self.misses.saturating_add(1);
            return piece;
        };
        let end = at.saturating_add(text.len());
        self.last = (part, end);
        let Some(source) = self.corpus.parts.get(part).map(|part| part.sha256.clone()) else { return piece };
        PromptPiece::Span { source, start: at as u64, end: end as u64 }
    }

    fn find_anywhere(&self, finder: &Finder<'_>) -> Option<(usize, usize)> {
        let parts = if self.misses < MOST_MISSES { self.corpus.parts.len() } else { 0 };
        (0..parts).find_map(|part| self.find(finder, part, 0))
    }

    fn find(&self, finder: &Finder<'_>, part: usize, from: usize) -> Option<(usize, usize)> {
        let bytes = self.corpus.parts.get(part)?.text.as_bytes().get(from..)?;
        finder.find(bytes).map(|at| (part, from + at))
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::corpus::{CorpusPart, CorpusShape, SharedText};

    use super::*;

    #[test]
    fn copies_become_references_and_other_words_stay() {
        let text = (0..3000).map(|n| format!("Zeile {n} über Flüsse\n")).collect::<Vec<_>>().concat();
        let part = CorpusPart {
            name: "a".into(),
            sha256: "s".into(),
            file: None,
            text: SharedText::new(text.clone()).unwrap(),
        };
        let corpus = Corpus { shape: CorpusShape::Text, parts: [part].into() };
        let half = text.find("Zeile 1500").unwrap();
        let (first, second) = text.split_at(half);
        let foreign = "x".repeat(2000);
        let words = [first, second, "short", &foreign, first].map(PromptPiece::text).to_vec();
        let span = |start, end| PromptPiece::Span { source: "s".into(), start, end };
        let (half, all) = (u64::try_from(half).unwrap(), u64::try_from(text.len()).unwrap());
        let expected = [
            span(0, half),
            span(half, all),
            PromptPiece::text("short"),
            PromptPiece::text(foreign),
            span(0, half),
        ];
        assert_eq!(References::new(&corpus).shorten(words), expected);
    }
}
