//! The right answer, and how near another one comes to it: 0 to 1.

use std::collections::BTreeSet;

/// The right answer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands::eval) enum Truth {
    /// A word or code: right or wrong.
    Word(String),
    /// A number: the nearer the better.
    Count(u64),
    /// Pairs of numbers: the harmonic mean of precision and recall.
    Pairs(BTreeSet<(u32, u32)>),
}

impl Truth {
    /// How right an answer is.
    pub(in crate::commands::eval) fn score(&self, answer: &str) -> f64 {
        match self {
            Self::Word(word) => f64::from(u8::from(names(answer, word))),
            Self::Count(count) => number(answer).map_or(0.0, |told| nearness(told, *count)),
            Self::Pairs(pairs) => overlap(&told_pairs(answer), pairs),
        }
    }
}

/// Whether an answer names this word and hardly anything else.
fn names(answer: &str, word: &str) -> bool {
    let answer = answer.trim().trim_matches(['"', '\'', '`', '.', '*']);
    answer.eq_ignore_ascii_case(word) || (answer.len() <= word.len() + 80 && answer.contains(word))
}

/// The only number of an answer, or the last of several.
fn number(answer: &str) -> Option<u64> {
    let grouped: String = answer.chars().filter(|c| *c != ',').collect();
    grouped.split(|c: char| !c.is_ascii_digit()).rfind(|word| !word.is_empty())?.parse().ok()
}

fn nearness(told: u64, count: u64) -> f64 {
    (1.0 - told.abs_diff(count) as f64 / count.max(1) as f64).max(0.0)
}

fn told_pairs(answer: &str) -> BTreeSet<(u32, u32)> {
    let numbers = |line: &str| -> Vec<u32> {
        line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    };
    answer
        .split(['\n', ';', ')'])
        .filter_map(|line| match *numbers(line).as_slice() {
            [a, b] => Some((a.min(b), a.max(b))),
            _ => None,
        })
        .collect()
}

fn overlap(told: &BTreeSet<(u32, u32)>, pairs: &BTreeSet<(u32, u32)>) -> f64 {
    let both = told.intersection(pairs).count() as f64;
    let all = (told.len() + pairs.len()) as f64;
    if all == 0.0 { 1.0 } else { 2.0 * both / all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_score_by_how_near_they_come() {
        let pairs = Truth::Pairs(BTreeSet::from([(1, 2), (3, 4)]));
        let table = [
            (Truth::Word("12-345-67".into()), "12-345-67", 1.0),
            (Truth::Word("12-345-67".into()), "The code is 12-345-67.", 1.0),
            (Truth::Word("12-345-67".into()), "12-345-68", 0.0),
            (Truth::Word("animal".into()), "`Animal`", 1.0),
            (Truth::Count(200), "200", 1.0),
            (Truth::Count(1_200), "There are 1,200 of them", 1.0),
            (Truth::Count(200), "150", 0.75),
            (Truth::Count(200), "500", 0.0),
            (Truth::Count(200), "none", 0.0),
            (pairs.clone(), "(1, 2)\n(3, 4)", 1.0),
            (pairs.clone(), "(2, 1), (3, 4)", 1.0),
            (pairs.clone(), "(1, 2)", 2.0 / 3.0),
            (pairs.clone(), "(1, 2)\n(1, 3)", 0.5),
            (pairs, "", 0.0),
            (Truth::Pairs(BTreeSet::new()), "none", 1.0),
        ];
        for (truth, answer, expected) in table {
            let score = truth.score(answer);
            assert!((score - expected).abs() < 1e-9, "{truth:?} · {answer}: {score}");
        }
    }
}
