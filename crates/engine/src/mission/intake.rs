//! Intake: the corpus as a table of nodes, each with a prior that says how likely it matters (RECURSIVE §7.3). No
//! model is asked.
//!
//! *Invariants:* the nodes of a part follow each other without gap or overlap and begin and end on characters.

use std::collections::BTreeMap;
use std::ops::Range;

use super::definitions;
use super::words::words;
use aho_corasick::AhoCorasick;
use headwater_protocol::Corpus;

/// The most bytes of one node: some four thousand tokens, so that any child model holds a node and its answer.
const NODE_BYTES: usize = 16_000;
/// The last part of a node in which a line end is looked for, so that lines stay whole.
const CUT_SHARE: usize = 4;
/// The most words of the goal that count.
const GOAL_WORDS: usize = 24;
/// The usual constants of BM25.
const BM25: (f64, f64) = (1.2, 0.75);
/// What each sign adds to the prior: BM25, churn, definitions, size.
const SHARES: [f64; 4] = [0.5, 0.2, 0.2, 0.1];

/// Changes by path in the recent past, as git counts them.
pub type Churn = BTreeMap<String, u32>;

/// One stretch of one text of the corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its number in the table, from 0.
    pub id: u32,
    /// Position of its text in the corpus.
    pub part: usize,
    /// Its bytes in that text.
    pub span: Range<usize>,
    /// The line of the text in which it begins, from 1.
    pub line: u32,
    /// How often it was cut smaller, from 1.
    pub level: u8,
    /// How likely it matters, from 0 to 1.
    pub prior: f64,
}

/// Cuts the corpus into nodes and weighs them.
pub fn nodes(corpus: &Corpus, goal: &str, churn: &Churn) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (part, text) in corpus.parts.iter().enumerate() {
        let mut line = 1;
        for span in cut(text.text.as_str(), NODE_BYTES) {
            let breaks = line_breaks(text.text.as_bytes().get(span.clone()).unwrap_or_default());
            let id = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            nodes.push(Node { id, part, span, line, level: 1, prior: 0.0 });
            line += breaks;
        }
    }
    weigh(&mut nodes, corpus, goal, churn);
    nodes
}

/// Stretches of at most `most` bytes, cut behind a line where one ends near.
pub(super) fn cut(text: &str, most: usize) -> Vec<Range<usize>> {
    let (mut spans, mut start) = (Vec::new(), 0);
    while start < text.len() {
        let limit = text.floor_char_boundary(start + most.max(4));
        let end = if limit >= text.len() {
            text.len()
        } else {
            let near = limit - (limit - start) / CUT_SHARE;
            let last = text.as_bytes().get(near..limit).unwrap_or_default();
            memchr::memrchr(b'\n', last).map_or(limit, |at| near + at + 1)
        };
        spans.push(start..end);
        start = end;
    }
    spans
}

/// How many lines end in these bytes.
pub(super) fn line_breaks(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

fn weigh(nodes: &mut [Node], corpus: &Corpus, goal: &str, churn: &Churn) {
    let goal = goal_words(goal);
    let relevance = scaled(bm25(&occurrences(nodes, corpus, &goal), nodes));
    let changes = nodes.iter().map(|node| {
        let name = corpus.parts.get(node.part).map_or("", |part| part.name.as_str());
        f64::from(churn.get(name).copied().unwrap_or_default()).ln_1p()
    });
    let changes = scaled(changes.collect());
    let definitions: Vec<f64> = nodes.iter().map(|node| defined(text_of(node, corpus), &goal)).collect();
    let sizes = size_ranks(nodes, corpus);
    let signs = relevance.into_iter().zip(changes).zip(definitions).zip(sizes);
    for (node, (((relevance, changes), defined), size)) in nodes.iter_mut().zip(signs) {
        node.prior =
            [relevance, changes, defined, size].iter().zip(SHARES).map(|(sign, share)| sign * share).sum();
    }
}

fn goal_words(goal: &str) -> Vec<String> {
    let mut known = Vec::new();
    for word in words(goal) {
        let says_little = word.is_ascii() && word.len() < 3;
        if !says_little && !known.contains(&word) && known.len() < GOAL_WORDS {
            known.push(word);
        }
    }
    known
}

pub(super) fn text_of<'a>(node: &Node, corpus: &'a Corpus) -> &'a str {
    corpus.parts.get(node.part).and_then(|part| part.text.get(node.span.clone())).unwrap_or_default()
}

/// How often each word of the goal begins a word of each node. One pass, so that it holds for a corpus of any size:
/// only the words of the goal are ever counted, nothing is indexed.
fn occurrences(nodes: &[Node], corpus: &Corpus, goal: &[String]) -> Vec<Vec<f64>> {
    let Ok(finder) = AhoCorasick::builder().ascii_case_insensitive(true).build(goal) else {
        return vec![vec![0.0; goal.len()]; nodes.len()];
    };
    let count = |node: &Node| {
        let bytes = text_of(node, corpus).as_bytes();
        let mut counts = vec![0.0; goal.len()];
        for found in finder.find_overlapping_iter(bytes) {
            let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
            let first = bytes.get(found.start()).copied().unwrap_or_default();
            let begins = before.is_none_or(|before| {
                let is_hump = before.is_ascii_lowercase() && first.is_ascii_uppercase();
                is_hump || !before.is_ascii_alphanumeric() || !first.is_ascii()
            });
            if let Some(count) = counts.get_mut(found.pattern().as_usize()).filter(|_| begins) {
                *count += 1.0;
            }
        }
        counts
    };
    nodes.iter().map(count).collect()
}

/// BM25 of each node; a node's length is its bytes, which the formula only ever compares with each other.
fn bm25(counts: &[Vec<f64>], nodes: &[Node]) -> Vec<f64> {
    let (k, b) = BM25;
    let total = nodes.len() as f64;
    let mean = nodes.iter().map(|node| node.span.len() as f64).sum::<f64>() / total.max(1.0);
    let terms = counts.first().map_or(0, Vec::len);
    let count = |counts: &Vec<f64>, term: usize| counts.get(term).copied().unwrap_or_default();
    let rarity: Vec<f64> = (0..terms)
        .map(|term| {
            let holders = counts.iter().filter(|counts| count(counts, term) > 0.0).count() as f64;
            ((total - holders + 0.5) / (holders + 0.5)).ln_1p()
        })
        .collect();
    let score = |(counts, node): (&Vec<f64>, &Node)| {
        let length = 1.0 - b + b * node.span.len() as f64 / mean.max(1.0);
        let parts =
            counts.iter().zip(&rarity).map(|(count, rare)| rare * count * (k + 1.0) / (count + k * length));
        parts.sum()
    };
    counts.iter().zip(nodes).map(score).collect()
}

/// The part of the goal's words that occur in names which the text defines.
fn defined(text: &str, goal: &[String]) -> f64 {
    if goal.is_empty() {
        return 0.0;
    }
    let mut is_met = vec![false; goal.len()];
    for name in definitions::names(text) {
        let name = words(name);
        for (met, word) in is_met.iter_mut().zip(goal) {
            *met |= name.contains(word);
        }
    }
    is_met.iter().filter(|met| **met).count() as f64 / goal.len() as f64
}

/// Larger texts rank higher, from 0 to 1.
fn size_ranks(nodes: &[Node], corpus: &Corpus) -> Vec<f64> {
    let size = |part: usize| corpus.parts.get(part).map_or(0, |part| part.text.len());
    let mut sizes: Vec<usize> = (0..corpus.parts.len()).map(size).collect();
    sizes.sort_unstable();
    let last = sizes.len().saturating_sub(1).max(1) as f64;
    nodes.iter().map(|node| sizes.partition_point(|other| *other < size(node.part)) as f64 / last).collect()
}

fn scaled(mut values: Vec<f64>) -> Vec<f64> {
    let most = values.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        for value in &mut values {
            *value /= most;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mission::testing::corpus;

    #[test]
    fn what_the_goal_names_comes_first() {
        let corpus = corpus(&[
            ("src/cache.rs", "pub(crate) fn evict_cache() {}\n// the cache drops the oldest\n"),
            ("src/other.rs", "fn main() { println!(\"hello\") }\n"),
            ("notes.md", "# Shopping\nmilk, scrapcache, bread\n"),
        ]);
        let nodes = nodes(&corpus, "Why does the cache evict too early?", &Churn::new());
        let best = nodes.iter().max_by(|one, other| one.prior.total_cmp(&other.prior)).unwrap();
        assert_eq!(corpus.parts[best.part].name, "src/cache.rs");
        let counts = occurrences(&nodes, &corpus, &["cache".to_owned()]);
        assert_eq!(counts, [[2.0], [0.0], [0.0]]);
    }

    #[test]
    fn churn_size_and_definitions_weigh_as_the_specification_says() {
        let corpus = corpus(&[
            ("a", "plain\n"),
            ("b", "plain and longer\n"),
            ("c", "# Goal word\nmuch longer still\n"),
        ]);
        let table = nodes(&corpus, "zebra", &Churn::from([("a".to_owned(), 5)]));
        let priors: Vec<f64> = table.iter().map(|node| node.prior).collect();
        assert_eq!(priors, [0.2, 0.05, 0.1]);
        assert!(
            (defined("# Goal word\nlet word = 1;\n", &["goal".into(), "absent".into()]) - 0.5).abs() < 1e-9
        );
    }

    #[test]
    fn an_empty_corpus_has_no_nodes_and_an_empty_goal_is_no_fault() {
        assert_eq!(nodes(&corpus(&[]), "goal", &Churn::new()), []);
        assert_eq!(nodes(&corpus(&[("a", "")]), "goal", &Churn::new()), []);
        assert_eq!(nodes(&corpus(&[("a", "x")]), "", &Churn::new()).len(), 1);
    }

    #[test]
    fn lines_are_counted_through_the_nodes_of_a_text() {
        let text = "0123456789\n".repeat(4_000);
        let corpus = corpus(&[("a", &text)]);
        for node in nodes(&corpus, "", &Churn::new()) {
            assert_eq!(node.line as usize, node.span.start / 11 + 1);
        }
    }

    proptest! {
        #[test]
        fn cuts_are_whole_characters_without_gaps(text in "[a-zß漢\n]{0,200}", most in 1..50usize) {
            let spans = cut(&text, most);
            let joined: String = spans.iter().map(|span| text.get(span.clone()).unwrap()).collect();
            prop_assert_eq!(joined, text);
            prop_assert!(spans.iter().all(|span| !span.is_empty() && span.len() <= most.max(4)));
        }
    }
}
