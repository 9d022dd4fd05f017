//! PEEK: the beginning and the end of a text, for a few hundred bytes.

use std::ops::Range;

use headwater_protocol::PromptPiece;

use super::stretch::Stretch;

/// The first and the last `bytes` bytes of `range`, or all of it when it is no longer than that.
pub(super) fn peek(stretch: &Stretch<'_>, range: Range<usize>, bytes: usize) -> Vec<PromptPiece> {
    if range.len() <= bytes.saturating_mul(2) {
        return stretch.pieces(range);
    }
    let head = stretch.floor(range.start + bytes);
    let tail = stretch.floor(range.end - bytes);
    let mut pieces = stretch.pieces(range.start..head);
    pieces.push(PromptPiece::text("[…]"));
    pieces.extend(stretch.pieces(tail..range.end));
    pieces
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Corpus;

    use super::super::stretch::tests::words;
    use super::*;

    #[test]
    fn both_ends_are_shown_and_short_texts_whole() {
        let (corpus, over) = (Corpus::default(), words(&["abécdefghij"]));
        let stretch = Stretch::of(&over, &corpus).unwrap();
        assert_eq!(peek(&stretch, 0..12, 3), words(&["ab", "[…]", "hij"]));
        assert_eq!(peek(&stretch, 0..12, 6), words(&["abécdefghij"]));
    }
}
