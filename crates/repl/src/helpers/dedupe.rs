//! `dedupe`: items without repeats.

use std::cmp::Ordering;
use std::collections::HashMap;

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{arguments, pieces};
use crate::texts::shingles;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "dedupe",
        signature: "dedupe(items, near=None)",
        summary: "Without repeats; near=0.8 also drops what is 80 % alike.",
    },
    python: include_str!("dedupe.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    near: f64,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, near } = arguments(input)?;
    if !(near > 0.0 && near <= 1.0) {
        return Err(format!("near={near}: it is a share of what is common, above 0 and at most 1"));
    }
    let pieces = pieces(call, &texts)?;
    let mut sketches = shingles::sketches(pieces.iter().map(|piece| piece.text));
    Ok(json!({"kept": kept(&mut sketches, near)}))
}

/// The numbers of the sketches that resemble none kept before them: their Jaccard index stays below `near`.
///
/// Two sets as alike as that have an element in common even among the rarest few of each, so only those are looked up
/// (prefix filtering: Chaudhuri, Ganti, Kaushik, "A Primitive Operator for Similarity Joins in Data Cleaning", 2006).
fn kept(sketches: &mut [Vec<u64>], near: f64) -> Vec<usize> {
    let mut holders: HashMap<u64, usize> = HashMap::new();
    sketches.iter().flatten().for_each(|shingle| *holders.entry(*shingle).or_default() += 1);
    let rarity = |shingle: &u64| (holders.get(shingle).copied().unwrap_or_default(), *shingle);
    for sketch in sketches.iter_mut() {
        sketch.sort_unstable_by_key(rarity);
    }
    let mut kept: Vec<usize> = Vec::new();
    let mut by_rare: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, sketch) in sketches.iter().enumerate() {
        let rare: Vec<u64> = sketch.iter().take(rare_ones(sketch.len(), near)).copied().collect();
        let mut others: Vec<usize> =
            rare.iter().filter_map(|shingle| by_rare.get(shingle)).flatten().copied().collect();
        others.sort_unstable();
        others.dedup();
        let resembles =
            |other: &usize| sketches.get(*other).is_some_and(|other| likeness(sketch, other, rarity) >= near);
        if others.iter().any(resembles) {
            continue;
        }
        kept.push(index);
        for shingle in rare {
            by_rare.entry(shingle).or_default().push(index);
        }
    }
    kept
}

/// How many of the rarest elements of a set of `size` must be looked up: a set as alike as `near` shares that part of them at
/// least, so it has one of any that are one more than the others.
fn rare_ones(size: usize, near: f64) -> usize {
    (0..=size).rev().take_while(|shared| *shared as f64 >= near * size as f64).count().min(size)
}

/// The Jaccard index of two sketches in the order of `rarity`.
fn likeness(a: &[u64], b: &[u64], rarity: impl Fn(&u64) -> (usize, u64)) -> f64 {
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0_usize;
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match rarity(one).cmp(&rarity(other)) {
            Ordering::Less => drop(left.next()),
            Ordering::Greater => drop(right.next()),
            Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    fn kept(items: &[&str], near: f64) -> Result<serde_json::Value, String> {
        let texts: Vec<_> = items.iter().map(|text| json!({"text": text})).collect();
        ask(&call_with(&[]), "dedupe", &json!({"texts": texts, "near": near}))
            .map(|reply| reply["kept"].clone())
    }

    #[test]
    fn what_resembles_an_earlier_item_is_dropped() {
        let items =
            ["The server failed to start.", "the server  failed to start", "A new day", "", "", "ab", "AB"];
        assert_eq!(kept(&items, 0.8).unwrap(), json!([0, 2, 3, 5]));
        assert_eq!(kept(&items, 1.0).unwrap(), json!([0, 1, 2, 3, 5]));
        assert_eq!(kept(&[], 0.5).unwrap(), json!([]));
    }

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
        for near in [0.0, -1.0, 1.5] {
            assert!(kept(&["x"], near).unwrap_err().contains("at most 1"), "{near}");
        }
    }
}
