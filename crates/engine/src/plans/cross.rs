//! CROSS: every two of something together, by a call for each two, or in code by what they share.

use std::ops::Range;

use headwater_protocol::PromptPiece;
use serde_json::{Value, json};

use super::stretch::Stretch;

/// Every two of L chunks, as what a call is about: L·(L + 1) / 2 calls. A chunk with itself is that chunk once.
pub(super) fn pairs(stretch: &Stretch<'_>, chunks: &[Range<usize>]) -> Vec<Vec<PromptPiece>> {
    let pair = |first: &Range<usize>, second: &Range<usize>| {
        let mut pieces = stretch.pieces(first.clone());
        if first != second {
            pieces.extend(stretch.pieces(second.clone()));
        }
        pieces
    };
    let rows = chunks.iter().enumerate();
    rows.flat_map(|(place, first)| chunks.iter().skip(place).map(move |second| pair(first, second))).collect()
}

/// Pairs of the names in lines `name<TAB>key` that have a key in common, each once, in the order of the lines.
pub(super) fn join<'a>(answers: impl IntoIterator<Item = &'a str>) -> Value {
    let lines = answers.into_iter().flat_map(str::lines).filter_map(|line| line.rsplit_once('\t'));
    let mut named: Vec<(&str, String)> = Vec::new();
    for (name, key) in lines {
        let line = (name.trim(), key.trim().to_lowercase());
        if !line.0.is_empty() && !line.1.is_empty() && !named.contains(&line) {
            named.push(line);
        }
    }
    let pairs = named.iter().enumerate().flat_map(|(place, (name, key))| {
        let later = named.iter().skip(place + 1);
        later
            .filter(move |(other, shared)| shared == key && other != name)
            .map(move |(other, _)| json!([name, other]))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Corpus;

    use super::super::stretch::tests::words;
    use super::*;

    #[test]
    fn every_two_are_looked_at_once() {
        let (corpus, over) = (Corpus::default(), words(&["a", "b", "c"]));
        let stretch = Stretch::of(&over, &corpus).unwrap();
        let pairs = pairs(&stretch, &[0..1, 1..2, 2..3]);
        let expected = [&["a"][..], &["a", "b"], &["a", "c"], &["b"], &["b", "c"], &["c"]].map(words);
        assert_eq!(pairs, expected);
    }

    #[test]
    fn names_that_share_a_key_are_pairs() {
        let answers = ["Ann\tParis\nBob\tRome", "none\nCyd\tparis", "Ann\tParis\nbroken line"];
        assert_eq!(join(answers), json!([["Ann", "Cyd"]]));
    }
}
