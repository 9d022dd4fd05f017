//! REDUCE by a model: a tree of merges, `k` answers each, as few merges and levels as can be.
//!
//! *Invariants:* L answers take ⌈(L − 1) / (k − 1)⌉ merges on ⌈log_k L⌉ levels; the order of the answers is kept.

use headwater_protocol::PromptPiece;
use headwater_protocol::repl::QueryResult;

use super::map::{Desk, Leaf, map};

/// How many answers go into each group of the next level: 1 goes up as it is. Nothing is left to do for one answer.
pub(super) fn groups(answers: usize, k: usize) -> Vec<usize> {
    let k = k.max(2);
    if answers <= 1 {
        return vec![1; answers];
    }
    // The largest power of k below the number of answers is what a full tree above takes.
    let mut above = 1_usize;
    while above.saturating_mul(k) < answers {
        above *= k;
    }
    let surplus = answers - above;
    let merges = surplus.div_ceil(k - 1);
    let last = surplus - (merges - 1) * (k - 1) + 1;
    let taken = (merges - 1) * k + last;
    let full = std::iter::repeat_n(k, merges - 1);
    full.chain([last]).chain(std::iter::repeat_n(1, answers - taken)).collect()
}

/// How many merges each level has, from the leaves up.
pub(super) fn levels(answers: usize, k: usize) -> Vec<usize> {
    let mut left = answers;
    let mut levels = Vec::new();
    while left > 1 {
        let groups = groups(left, k);
        levels.push(groups.iter().filter(|size| **size > 1).count());
        left = groups.len();
    }
    levels
}

/// What the merges came to.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The one answer; absent when there was none to begin with, or a merge failed for all.
    pub(super) answer: Option<String>,
    /// What each merge took.
    pub(super) results: Vec<QueryResult>,
}

/// Merges `answers`, level by level. A merge that fails leaves its answers as they are, one behind the other: nothing
/// that was found is lost.
pub(super) async fn reduce(
    desk: &Desk<'_>,
    merge: &Leaf,
    k: usize,
    mut answers: Vec<String>,
) -> Result<Merged, String> {
    let mut merged = Merged::default();
    while answers.len() > 1 {
        let mut rest = answers.into_iter();
        let grouped: Vec<Vec<String>> =
            groups(rest.len(), k).into_iter().map(|size| rest.by_ref().take(size).collect()).collect();
        let asked = grouped.iter().filter(|group| group.len() > 1).map(|group| texts(group)).collect();
        let mut results = map(desk, merge, asked).await?.into_iter();
        answers = Vec::with_capacity(grouped.len());
        for group in grouped {
            if group.len() <= 1 {
                answers.extend(group);
                continue;
            }
            let result = results.next().unwrap_or_default();
            answers.push(if result.error.is_some() { group.join("\n") } else { result.text.clone() });
            merged.results.push(result);
        }
    }
    merged.answer = answers.pop();
    Ok(merged)
}

fn texts(group: &[String]) -> Vec<PromptPiece> {
    let numbered = group.iter().enumerate().map(|(place, answer)| format!("[{}]\n{answer}", place + 1));
    numbered.map(PromptPiece::text).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn trees_are_as_small_and_as_flat_as_can_be() {
        let table: [(usize, usize, &[usize]); 9] = [
            (0, 8, &[]),
            (1, 8, &[]),
            (2, 8, &[1]),
            (8, 8, &[1]),
            (9, 8, &[1, 1]),
            (11, 8, &[1, 1]),
            (63, 8, &[8, 1]),
            (64, 8, &[8, 1]),
            (65, 8, &[1, 8, 1]),
        ];
        for (answers, k, expected) in table {
            assert_eq!(levels(answers, k), expected, "{answers} by {k}");
        }
    }

    proptest! {
        #[test]
        fn merges_and_levels_are_what_the_formula_says(answers in 1usize..5_000, k in 2usize..40) {
            let levels = levels(answers, k);
            prop_assert_eq!(levels.iter().sum::<usize>(), (answers - 1).div_ceil(k - 1));
            let height = (0..64).find(|height| k.saturating_pow(*height) >= answers).unwrap();
            prop_assert_eq!(levels.len(), usize::try_from(height).unwrap());
            let groups = groups(answers, k);
            prop_assert_eq!(groups.iter().sum::<usize>(), answers);
            prop_assert!(groups.iter().all(|size| (1..=k).contains(size)));
        }
    }
}
