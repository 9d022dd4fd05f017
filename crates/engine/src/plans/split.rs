//! SPLIT: a text into chunks by what a call can hold, as few of them as can be.
//!
//! *Invariants:* every chunk is at most τ bytes; what a chunk adds to those before it is at least 0.9·(τ − overlap)
//! bytes, except for the last, so that L ≤ ⌈n / (0.9·(τ − overlap))⌉; chunks cover everything; no cut is inside a
//! character.

use std::ops::Range;

use super::stretch::Stretch;

/// The least τ: below it a character could be wider than the room for a cut.
pub(super) const LEAST_TAU: usize = 100;

/// The most chunks that a text of `bytes` is split into.
pub(super) fn bound(bytes: usize, tau: usize, overlap: usize) -> usize {
    let step = tau.saturating_sub(overlap).max(1);
    bytes.saturating_mul(10).div_ceil(step.saturating_mul(9))
}

/// Splits; the error is a sentence about τ and the overlap.
pub(super) fn split(stretch: &Stretch<'_>, tau: usize, overlap: usize) -> Result<Vec<Range<usize>>, String> {
    if tau < LEAST_TAU {
        return Err(format!("tau is {tau}, and a chunk has at least {LEAST_TAU} bytes"));
    }
    if overlap > tau / 2 {
        return Err(format!("the overlap is {overlap}: it may be half of tau, {}, at most", tau / 2));
    }
    // The room for a cut, rounded down: a little less than a tenth.
    let slack = (tau - overlap) / 10;
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut end = 0;
    while end < stretch.len() {
        // A beginning inside a character moves forwards: a chunk never grows by its overlap.
        let start = ceil(stretch, end.saturating_sub(overlap));
        let last = start + tau;
        end = if last >= stretch.len() { stretch.len() } else { stretch.cut(last - slack..last) };
        chunks.push(start..end);
    }
    let most = bound(stretch.len(), tau, overlap);
    debug_assert!(chunks.len() <= most, "{} chunks, {most} at most", chunks.len());
    if chunks.len() > most {
        return Err(format!(
            "the text came to {} chunks where {most} are the most: nothing was asked",
            chunks.len()
        ));
    }
    Ok(chunks)
}

fn ceil(stretch: &Stretch<'_>, at: usize) -> usize {
    let mut place = at;
    while stretch.floor(place) < place {
        place += 1;
    }
    place
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Corpus;
    use proptest::prelude::*;

    use super::super::stretch::tests::words;
    use super::*;

    fn chunks_of(texts: &[String], tau: usize, overlap: usize) -> (usize, Vec<Range<usize>>) {
        let (corpus, texts) = (Corpus::default(), texts.iter().map(String::as_str).collect::<Vec<_>>());
        let over = words(&texts);
        let stretch = Stretch::of(&over, &corpus).unwrap();
        let chunks = split(&stretch, tau, overlap).unwrap();
        for chunk in &chunks {
            let read: usize = stretch.texts(chunk.clone()).map(|(_, text)| text.len()).sum();
            assert_eq!(read, chunk.len(), "no cut is inside a character");
        }
        (stretch.len(), chunks)
    }

    #[test]
    fn a_million_characters_are_eleven_calls() {
        assert_eq!((bound(1_000_000, 100_000, 0), bound(40_000_000, 100_000, 0)), (12, 445));
        let line = "2026-11-21 04:00:00 request 000000 failed after 20 ms\n";
        let million = line.repeat(1_000_000 / line.len());
        assert_eq!(chunks_of(&[million], 100_000, 0).1.len(), 11);
    }

    #[test]
    fn impossible_wishes_are_refused() {
        let (corpus, over) = (Corpus::default(), words(&["x"]));
        let stretch = Stretch::of(&over, &corpus).unwrap();
        assert!(split(&stretch, 99, 0).unwrap_err().contains("at least 100"));
        assert!(split(&stretch, 200, 101).unwrap_err().contains("half of tau, 100"));
    }

    fn texts() -> impl Strategy<Value = Vec<String>> {
        let text = proptest::collection::vec(
            prop_oneof![
                Just("a"),
                Just("word "),
                Just("é"),
                Just("👩‍💻"),
                Just("\n"),
                Just("a long line of a log\n")
            ],
            1..400,
        );
        proptest::collection::vec(text.prop_map(|pieces| pieces.concat()), 1..5)
    }

    proptest! {
        #[test]
        fn chunks_keep_the_bound_and_cover_everything(
            texts in texts(), tau in LEAST_TAU..3_000, share in 0usize..=50,
        ) {
            let overlap = tau * share / 100;
            let (bytes, chunks) = chunks_of(&texts, tau, overlap);
            prop_assert!(chunks.len() <= bound(bytes, tau, overlap));
            let mut covered = 0;
            for (place, chunk) in chunks.iter().enumerate() {
                prop_assert!(chunk.len() <= tau && chunk.start <= covered && chunk.end > covered);
                prop_assert!(covered - chunk.start <= overlap);
                if place + 1 < chunks.len() {
                    prop_assert!((chunk.end - covered) * 10 >= (tau - overlap) * 9);
                }
                covered = chunk.end;
            }
            prop_assert_eq!(covered, bytes);
        }
    }
}
