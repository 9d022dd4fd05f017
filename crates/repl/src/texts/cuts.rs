//! A text cut into chunks: as large as allowed, ending where the text itself has an end.
//!
//! *Invariants:* no chunk has more than `size` characters; without overlap the chunks are the text.

use std::ops::Range;

use memchr::memrchr;

use super::pieces::{MOST_ROWS, Piece};

/// Where a chunk may end.
pub(crate) enum Stops {
    /// Behind any character.
    Characters,
    /// Behind a line feed, or anywhere within a line that is longer than a chunk.
    Lines,
    /// Before one of these bytes, in ascending order; where there is none, behind a line feed.
    Before(Vec<usize>),
}

/// Cuts `piece` into chunks of at most `size` characters, each beginning `overlap` characters before the end of the
/// one before it (or a little later, at the beginning of a line). The ranges are bytes of the piece.
pub(crate) fn cut(
    piece: &Piece<'_>,
    size: usize,
    overlap: usize,
    stops: &Stops,
) -> Result<Vec<Range<usize>>, String> {
    let length = piece.text.len();
    let mut chunks = Vec::new();
    let (mut start, mut end) = (0, 0);
    while start < length {
        let limit = piece.forward(start, size);
        // Further than the chunk before, which this one may overlap.
        end = if limit < length { stops.last_within(piece.text, end..limit) } else { length };
        chunks.push(start..end);
        if end >= length {
            break;
        }
        if chunks.len() >= MOST_ROWS {
            return Err(format!("a size of {size} makes more than {MOST_ROWS} parts: take a larger one"));
        }
        start = stops.next_start(piece, overlap, start..end);
    }
    Ok(chunks)
}

impl Stops {
    /// The last place within `range` where a chunk may end; its own end when there is none.
    fn last_within(&self, text: &str, range: Range<usize>) -> usize {
        match self {
            Self::Characters => range.end,
            Self::Lines => last_line_end(text, &range).unwrap_or(range.end),
            Self::Before(places) => {
                let before = places.partition_point(|place| *place <= range.end);
                let place = before.checked_sub(1).and_then(|index| places.get(index)).copied();
                let place = place.filter(|place| *place > range.start);
                place.or_else(|| last_line_end(text, &range)).unwrap_or(range.end)
            }
        }
    }

    /// Where the chunk behind `chunk` begins: always further than `chunk` did.
    fn next_start(&self, piece: &Piece<'_>, overlap: usize, chunk: Range<usize>) -> usize {
        if overlap == 0 {
            return chunk.end;
        }
        let start = piece.backward(chunk.end, overlap);
        if start <= chunk.start {
            return chunk.end;
        }
        match self {
            Self::Characters => start,
            Self::Lines | Self::Before(_) => {
                // From the byte before, so that a start which is the beginning of a line already stays.
                let ahead = piece.text.as_bytes().get(start - 1..chunk.end).unwrap_or_default();
                let line = memchr::memchr(b'\n', ahead).map(|at| start + at);
                line.filter(|line| *line < chunk.end).unwrap_or(start)
            }
        }
    }
}

fn last_line_end(text: &str, range: &Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes().get(range.clone())?;
    memrchr(b'\n', bytes).map(|at| range.start + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stops(text: &str) -> [Stops; 3] {
        let places = text.match_indices('#').map(|(at, _)| at).collect();
        [Stops::Characters, Stops::Lines, Stops::Before(places)]
    }

    proptest! {
        #[test]
        fn chunks_are_the_text_and_none_is_too_large(text in "[ab é猫\n#]{0,300}", size in 1usize..60) {
            let piece = Piece::words(0, &text);
            for stops in stops(&text) {
                let chunks = cut(&piece, size, 0, &stops).unwrap();
                let joined: String = chunks.iter().map(|chunk| piece.slice(chunk.clone())).collect();
                prop_assert_eq!(&joined, &text);
                prop_assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
                prop_assert!(chunks.iter().all(|chunk| piece.slice(chunk.clone()).chars().count() <= size));
            }
        }

        #[test]
        fn overlapping_chunks_leave_nothing_out(
            text in "[ab é猫\n#]{0,300}", size in 2usize..60, part in 0usize..100,
        ) {
            let piece = Piece::words(0, &text);
            let overlap = part * (size / 2) / 100;
            for stops in stops(&text) {
                let chunks = cut(&piece, size, overlap, &stops).unwrap();
                prop_assert!(chunks.iter().all(|chunk| piece.slice(chunk.clone()).chars().count() <= size));
                prop_assert_eq!(chunks.last().map_or(0, |chunk| chunk.end), text.len());
                for pair in chunks.windows(2) {
                    prop_assert!(pair[0].start < pair[1].start && pair[1].start <= pair[0].end);
                    prop_assert!(pair[0].end < pair[1].end);
                    let shared = piece.slice(pair[1].start..pair[0].end).chars().count();
                    prop_assert!(shared <= overlap);
                }
            }
        }
    }

    #[test]
    fn there_is_an_end_to_how_many_chunks_there_are() {
        let text = "x".repeat(MOST_ROWS + 1);
        assert!(cut(&Piece::words(0, &text), 1, 0, &Stops::Lines).unwrap_err().contains("take a larger one"));
        assert_eq!(cut(&Piece::words(0, &text), 2, 0, &Stops::Lines).unwrap().len(), MOST_ROWS / 2 + 1);
    }

    #[test]
    fn chunks_end_where_the_text_has_an_end() {
        let text = "# a\none\n# b\ntwo\nthree\n";
        let piece = Piece::words(0, text);
        let shown = |stops: &Stops| -> Vec<&str> {
            cut(&piece, 13, 0, stops).unwrap().into_iter().map(|chunk| piece.slice(chunk)).collect()
        };
        assert_eq!(shown(&Stops::Lines), ["# a\none\n# b\n", "two\nthree\n"]);
        assert_eq!(shown(&Stops::Before(vec![0, 8])), ["# a\none\n", "# b\ntwo\n", "three\n"]);
        assert_eq!(shown(&Stops::Characters), ["# a\none\n# b\nt", "wo\nthree\n"]);
    }
}
