//! FILTER: which chunks are worth a call. A ranker in code comes first; a model may look at what it kept.

use std::ops::Range;

use headwater_protocol::PromptPiece;
use regex::{Regex, RegexBuilder};

use super::peek::peek;
use super::stretch::Stretch;

/// BM25: how soon further occurrences of a word stop to count, and how much length does (Robertson and Zaragoza 2009).
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// The shortest word that tells anything.
const LEAST_WORD: usize = 3;
/// Words that stand in any question.
const EMPTY_WORDS: [&str; 28] = [
    "the", "and", "for", "are", "was", "were", "what", "which", "who", "when", "where", "why", "how", "does",
    "did", "that", "this", "with", "from", "have", "has", "many", "much", "there", "all", "any", "each",
    "text",
];
/// The most memory that a pattern may take, in bytes.
const PATTERN_SIZE: usize = 1 << 20;
/// Bytes of the beginning, and of the end, that a model is shown of a chunk.
const GLANCE: usize = 400;
/// Lines near the question that a model is shown of a chunk, and the most bytes of each.
const GLANCE_LINES: usize = 8;
const GLANCE_LINE: usize = 300;

/// The words of a question by which chunks are ranked: those that tell something, each once, in lower case.
pub(super) fn terms(question: &str) -> Vec<String> {
    let words = question.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase);
    let mut terms: Vec<String> = words
        .filter(|word| word.chars().count() >= LEAST_WORD && !EMPTY_WORDS.contains(&word.as_str()))
        .collect();
    terms.sort();
    terms.dedup();
    terms
}

/// How near each chunk is to the question, 0 for not at all.
pub(super) fn rank(stretch: &Stretch<'_>, chunks: &[Range<usize>], question: &str) -> Vec<f64> {
    let terms = terms(question);
    let patterns: Vec<Regex> = terms.iter().filter_map(|term| pattern(&regex::escape(term)).ok()).collect();
    let counts = |chunk: &Range<usize>| -> Vec<usize> {
        let count = |pattern: &Regex| {
            stretch.texts(chunk.clone()).map(|(_, text)| pattern.find_iter(text).count()).sum()
        };
        patterns.iter().map(count).collect()
    };
    let counted: Vec<Vec<usize>> = chunks.iter().map(counts).collect();
    let mean = chunks.iter().map(ExactSizeIterator::len).sum::<usize>() as f64 / chunks.len().max(1) as f64;
    let rarity: Vec<f64> = (0..patterns.len()).map(|term| rarity(&counted, term)).collect();
    let score = |(counts, chunk): (&Vec<usize>, &Range<usize>)| {
        let length = 1.0 - B + B * chunk.len() as f64 / mean.max(1.0);
        let gains = counts.iter().zip(&rarity).map(|(count, rarity)| {
            let count = *count as f64;
            rarity * count * (K1 + 1.0) / (count + K1 * length)
        });
        gains.sum()
    };
    counted.iter().zip(chunks).map(score).collect()
}

fn rarity(counted: &[Vec<usize>], term: usize) -> f64 {
    let having =
        counted.iter().filter(|counts| counts.get(term).is_some_and(|count| *count > 0)).count() as f64;
    let all = counted.len() as f64;
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// The places of the `keep` best chunks that are near at all, in the order of the text. When the ranker knows nothing
/// every chunk is kept: a word that does not occur is no reason to read less.
pub(super) fn best(scores: &[f64], keep: usize) -> Vec<usize> {
    let mut places: Vec<usize> =
        (0..scores.len()).filter(|place| scores.get(*place).is_some_and(|s| *s > 0.0)).collect();
    if places.is_empty() {
        return (0..scores.len()).collect();
    }
    let score = |place: &usize| scores.get(*place).copied().unwrap_or_default();
    places.sort_by(|a, b| score(b).total_cmp(&score(a)));
    places.truncate(keep.max(1));
    places.sort_unstable();
    places
}

/// The places of the chunks in which `rx` occurs.
pub(super) fn matching(
    stretch: &Stretch<'_>,
    chunks: &[Range<usize>],
    rx: &str,
) -> Result<Vec<usize>, String> {
    let rx = pattern(rx).map_err(|error| format!("the filter is no pattern: {error}"))?;
    let occurs = |chunk: &Range<usize>| stretch.texts(chunk.clone()).any(|(_, text)| rx.is_match(text));
    Ok(chunks.iter().enumerate().filter(|(_, chunk)| occurs(chunk)).map(|(place, _)| place).collect())
}

/// What a model is shown to say whether a chunk is worth a call: its ends, and the lines nearest to the question.
pub(super) fn glance(stretch: &Stretch<'_>, chunk: &Range<usize>, question: &str) -> Vec<PromptPiece> {
    let mut pieces = peek(stretch, chunk.clone(), GLANCE);
    let lines: Vec<&str> = stretch.texts(chunk.clone()).flat_map(|(_, text)| text.lines()).collect();
    let mut scored: Vec<(usize, f64)> = nearness(&lines, &terms(question)).into_iter().enumerate().collect();
    scored.retain(|(_, score)| *score > 0.0);
    scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    scored.truncate(GLANCE_LINES);
    scored.sort_by_key(|(place, _)| *place);
    pieces.extend(scored.iter().filter_map(|(place, _)| lines.get(*place)).map(|line| {
        let end = line.floor_char_boundary(GLANCE_LINE);
        PromptPiece::text(line.get(..end).unwrap_or_default())
    }));
    pieces
}

/// How near each line is: a word counts the more the fewer lines have it.
fn nearness(lines: &[&str], terms: &[String]) -> Vec<f64> {
    let mut scores = vec![0.0; lines.len()];
    for pattern in terms.iter().filter_map(|term| pattern(&regex::escape(term)).ok()) {
        let has: Vec<bool> = lines.iter().map(|line| pattern.is_match(line)).collect();
        let weight = 1.0 / has.iter().filter(|has| **has).count().max(1) as f64;
        for (score, _) in scores.iter_mut().zip(&has).filter(|(_, has)| **has) {
            *score += weight;
        }
    }
    scores
}

fn pattern(rx: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(rx).case_insensitive(true).size_limit(PATTERN_SIZE).build()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Corpus;

    use super::super::stretch::tests::words;
    use super::*;

    const TEXTS: [&str; 4] =
        ["the cat sat down ", "a needle in the hay ", "needle and needle   ", "nothing to see here "];

    fn with_chunks<T>(look: impl FnOnce(&Stretch<'_>, &[Range<usize>]) -> T) -> T {
        let (corpus, over) = (Corpus::default(), words(&TEXTS));
        let stretch = Stretch::of(&over, &corpus).unwrap();
        let mut at = 0;
        let chunks: Vec<Range<usize>> = TEXTS
            .iter()
            .map(|text| {
                at += text.len();
                at - text.len()..at
            })
            .collect();
        look(&stretch, &chunks)
    }

    #[test]
    fn near_chunks_are_kept_in_the_order_of_the_text() {
        let scores = with_chunks(|stretch, chunks| rank(stretch, chunks, "Where is the NEEDLE?"));
        assert!(scores[2] > scores[1] && scores[1] > 0.0 && scores[0] == 0.0, "{scores:?}");
        assert_eq!((best(&scores, 9), best(&scores, 1)), (vec![1, 2], vec![2]));
        let unknown = with_chunks(|stretch, chunks| rank(stretch, chunks, "Where is the zebra?"));
        assert_eq!(best(&unknown, 1), [0, 1, 2, 3]);
    }

    #[test]
    fn patterns_choose_chunks_and_bad_ones_are_named() {
        assert_eq!(with_chunks(|stretch, chunks| matching(stretch, chunks, "cat|see")).unwrap(), [0, 3]);
        assert!(
            with_chunks(|stretch, chunks| matching(stretch, chunks, "(")).unwrap_err().contains("no pattern")
        );
    }

    #[test]
    fn a_glance_has_the_near_lines() {
        let pieces = with_chunks(|stretch, chunks| glance(stretch, &chunks[1], "needle"));
        assert_eq!(pieces, words(&["a needle in the hay ", "a needle in the hay "]));
    }
}
