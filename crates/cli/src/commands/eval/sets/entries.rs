//! Lines with a user and a word, whose label is not in the context: `entry 42 | 2031-03-04 | user 12 | heron`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;

/// Words by label, one label a line. A model knows them, or its oracle does.
const LEXICON: &str = include_str!("../../../../../../assets/evals/lexicon.txt");

/// The labels with their words, in order.
pub(super) fn lexicon() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = LEXICON.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(label, words)| (label, words.split_whitespace().collect())).collect()
}

/// The labels, as a question names them.
pub(super) fn label_names() -> String {
    lexicon().iter().map(|(label, _)| *label).collect::<Vec<_>>().join(", ")
}

/// What every question over entries begins with.
pub(super) fn preamble() -> String {
    format!(
        "Every line of the context is an entry of a user and ends in a word. The label of an entry is what its word \
         names: {}.",
        label_names()
    )
}

/// Appends one entry.
pub(super) fn push(context: &mut String, random: &mut Rng, (user, word): (u32, &str)) {
    let number = random.u32(0..1_000_000);
    let (month, day) = (random.u32(1..13), random.u32(1..29));
    // Writing to a text cannot fail.
    writeln!(context, "entry {number:06} | 2031-{month:02}-{day:02} | user {user} | {word}").ok();
}

/// One of them; the lists of the lexicon are never empty.
pub(super) fn one<'a, T>(random: &mut Rng, list: &'a [T]) -> Option<&'a T> {
    list.get(random.usize(0..list.len().max(1)))
}

/// The most frequent label, the first by alphabet where several are.
pub(super) fn leading<'a>(tally: &BTreeMap<&'a str, u64>) -> Option<&'a str> {
    // Of equal ones `max_by_key` takes the last.
    tally.iter().rev().max_by_key(|(_, count)| **count).map(|(label, _)| *label)
}
