//! The chunks of texts ranked by the words of a query: BM25 (Robertson, Zaragoza, "The Probabilistic Relevance
//! Framework: BM25 and Beyond", 2009), its index built word by word.
//!
//! A word is looked for when a query first has it, in one pass over the text for all new words of that query, and what
//! was found is kept. A context of 40 MB has some ten million words, of which a mission asks for a few dozen: an index
//! of all of them would take longer to build, and more memory than the text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::cuts::{Stops, cut};
use super::pattern;
use super::pieces::Piece;
use crate::entry::HelperCall;

/// How soon further occurrences of a word in a chunk stop to count.
const SATURATION: f64 = 1.2;
/// How much a long chunk is held against it.
const LENGTH_WEIGHT: f64 = 0.75;
/// Words that say nothing about what a text is on.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "did", "do", "does", "for", "from", "has", "have",
    "how", "in", "is", "it", "its", "of", "on", "or", "that", "the", "this", "to", "was", "were", "what",
    "when", "where", "which", "who", "why", "will", "with",
];

/// A chunk that a query found.
pub(crate) struct Hit {
    /// The number of its text among those that were searched.
    pub(crate) piece: usize,
    /// Its bytes in that text.
    pub(crate) range: Range<usize>,
    /// How well it fits; more is better.
    pub(crate) score: f64,
}

/// Where a word occurs: numbers of chunks, in ascending order, and how often it is in each.
type Postings = Arc<Vec<(usize, u32)>>;

/// What is known of one text.
struct Index {
    chunks: Vec<Range<usize>>,
    words: Mutex<HashMap<String, Postings>>,
}

/// The `wanted` best chunks, of `size` characters at most, for `query`.
pub(crate) fn rank(
    call: &HelperCall,
    pieces: &[Piece<'_>],
    query: &str,
    size: usize,
    wanted: usize,
) -> Result<Vec<Hit>, String> {
    let words = words(query);
    if words.is_empty() {
        return Err("the query has no word to search for".to_owned());
    }
    let indexes: Vec<Arc<Index>> =
        pieces.iter().map(|piece| Index::of(call, piece, size)).collect::<Result<_, _>>()?;
    let found: Vec<Vec<Postings>> = indexes
        .iter()
        .zip(pieces)
        .map(|(index, piece)| index.postings(piece.text, &words))
        .collect::<Result<_, _>>()?;
    let mut hits = scored(&indexes, &found, words.len());
    hits.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then(a.piece.cmp(&b.piece)).then(a.range.start.cmp(&b.range.start))
    });
    hits.truncate(wanted);
    Ok(hits)
}

fn scored(indexes: &[Arc<Index>], found: &[Vec<Postings>], words: usize) -> Vec<Hit> {
    let chunks: usize = indexes.iter().map(|index| index.chunks.len()).sum();
    let bytes: usize = indexes.iter().flat_map(|index| &index.chunks).map(ExactSizeIterator::len).sum();
    let average = (bytes as f64 / chunks.max(1) as f64).max(1.0);
    let rarity: Vec<f64> = (0..words)
        .map(|word| {
            let with: usize = found.iter().filter_map(|postings| postings.get(word)).map(|it| it.len()).sum();
            (1.0 + (chunks as f64 - with as f64 + 0.5) / (with as f64 + 0.5)).ln()
        })
        .collect();
    let mut hits = Vec::new();
    for (piece, (index, postings)) in indexes.iter().zip(found).enumerate() {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for (postings, rarity) in postings.iter().zip(&rarity) {
            for (chunk, times) in postings.iter() {
                let length = index.chunks.get(*chunk).map_or(0, ExactSizeIterator::len) as f64 / average;
                let times = f64::from(*times);
                let damping = SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length);
                *scores.entry(*chunk).or_default() += rarity * times * (SATURATION + 1.0) / (times + damping);
            }
        }
        let hit = |(chunk, score): (usize, f64)| {
            Some(Hit { piece, range: index.chunks.get(chunk)?.clone(), score })
        };
        hits.extend(scores.into_iter().filter_map(hit));
    }
    hits
}

impl Index {
    fn of(call: &HelperCall, piece: &Piece<'_>, size: usize) -> Result<Arc<Self>, String> {
        let build =
            || cut(piece, size, 0, &Stops::Lines).map(|chunks| Self { chunks, words: Mutex::default() });
        let Some(digest) = piece.digest() else { return build().map(Arc::new) };
        let found = call.cache.get(&format!("ranking {size} {digest}"), || build().map(Arc::new));
        found.as_ref().clone()
    }

    /// The postings of `words`, in their order.
    fn postings(&self, text: &str, words: &[String]) -> Result<Vec<Postings>, String> {
        let known =
            |word: &String| self.words.lock().unwrap_or_else(PoisonError::into_inner).get(word).cloned();
        let missing: Vec<&String> = words.iter().filter(|word| known(word).is_none()).collect();
        if !missing.is_empty() {
            let found = self.occurrences(text, &missing)?;
            self.words.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
        Ok(words.iter().map(|word| known(word).unwrap_or_default()).collect())
    }

    /// Looks for `words` in one pass.
    fn occurrences(&self, text: &str, words: &[&String]) -> Result<HashMap<String, Postings>, String> {
        let mut found: HashMap<String, Vec<(usize, u32)>> =
            words.iter().map(|word| ((*word).clone(), Vec::new())).collect();
        let mut chunk = 0;
        for place in any_of(words)?.find_iter(text) {
            if !is_word(text, &place.range()) {
                continue;
            }
            while self.chunks.get(chunk).is_some_and(|range| range.end <= place.start()) {
                chunk += 1;
            }
            let Some(postings) = found.get_mut(&place.as_str().to_lowercase()) else { continue };
            match postings.last_mut() {
                Some((last, times)) if *last == chunk => *times += 1,
                _ => postings.push((chunk, 1)),
            }
        }
        Ok(found.into_iter().map(|(word, postings)| (word, Arc::new(postings))).collect())
    }
}

/// A pattern for each of `words`, the longest first, so that none hides another at the same place.
fn any_of(words: &[&String]) -> Result<Regex, String> {
    let mut words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    pattern::compile(&words.join("|"), "i")
}

/// The words of a query as they are searched for: in lower case, names taken apart, without plural endings; and without
/// those that say nothing, unless there are no others.
fn words(query: &str) -> Vec<String> {
    let all = query.split(|character: char| !character.is_alphanumeric()).flat_map(parts_of_name);
    let all: Vec<String> = all.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let is_telling = |word: &&String| !STOP_WORDS.contains(&word.as_str());
    let is_any_telling = all.iter().any(|word| is_telling(&word));
    let mut words: Vec<String> = Vec::new();
    for word in all.iter().filter(|word| !is_any_telling || is_telling(word)) {
        let stem =
            word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).unwrap_or(word);
        if !words.iter().any(|known| known == stem) {
            words.push(stem.to_owned());
        }
    }
    words
}

/// `parseFile` taken apart before its capitals.
fn parts_of_name(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    for pair in characters.windows(2) {
        let [(_, before), (at, after)] = pair else { continue };
        if before.is_lowercase() && after.is_uppercase() {
            parts.extend(word.get(start..*at));
            start = *at;
        }
    }
    parts.extend(word.get(start..));
    parts
}

/// Whether a word begins and ends at `range`, counting the parts of names as words and a plural as its word.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    let found = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let first = found.chars().next();
    let begins = before.is_none_or(|before| {
        !before.is_alphanumeric() || (before.is_lowercase() && first.is_some_and(char::is_uppercase))
    });
    let last = found.chars().next_back();
    let behind = text.get(range.end..).unwrap_or_default();
    let ends = |behind: &str, last: Option<char>| {
        behind.chars().next().is_none_or(|next| {
            !next.is_alphanumeric() || (next.is_uppercase() && last.is_some_and(char::is_lowercase))
        })
    };
    let plurals = ["s", "es"].iter().filter_map(|plural| behind.strip_prefix(plural));
    begins && (ends(behind, last) || plurals.into_iter().any(|behind| ends(behind, Some('s'))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::pieces::pieces;
    use crate::texts::tests::call_with;

    fn found(call: &HelperCall, query: &str, size: usize) -> Vec<String> {
        let wanted = serde_json::json!("*");
        let pieces = pieces(call, &wanted).unwrap();
        let hits = rank(call, &pieces, query, size, 10).unwrap();
        hits.iter().map(|hit| pieces[hit.piece].slice(hit.range.clone()).trim().to_owned()).collect()
    }

    #[test]
    fn rare_words_and_short_chunks_rank_first() {
        let call = call_with(&[
            ("a", "the parser reads\nthe parser fails\nthe lexer reads\n"),
            ("b", "the budget of the parser\nfiles, parseFile, file_name\n"),
        ]);
        assert_eq!(found(&call, "What is the lexer?", 20), ["the lexer reads"]);
        assert_eq!(found(&call, "parser budget", 30)[0], "the budget of the parser");
        assert_eq!(found(&call, "file", 30), ["files, parseFile, file_name"]);
        assert_eq!(found(&call, "parses", 30), ["files, parseFile, file_name"]);
        assert_eq!(found(&call, "pars", 30), Vec::<String>::new());
        let again = found(&call, "parser", 20);
        assert_eq!(again, found(&call, "parser", 20));
        assert_eq!(again.len(), 3);
    }

    #[test]
    fn queries_are_taken_apart() {
        assert_eq!(words("What does parseFiles do?"), ["parse", "file"]);
        assert_eq!(words("The class of a Straße"), ["class", "straße"]);
        assert_eq!(words("to be or not"), ["not"]);
        assert_eq!(words("what is it"), ["what", "is", "it"]);
        assert_eq!(words("?!"), Vec::<String>::new());
    }
}
