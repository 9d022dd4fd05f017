//! `dedupe`: items without repeats.

use std::collections::{HashMap, HashSet};

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "dedupe",
        signature: "dedupe(items, near=None)",
        summary: "Without repeats; near=0.8 also drops what is 80 % alike.",
    },
    python: include_str!("dedupe.py"),
    call: Some(call),
};

/// Bytes of a shingle; what fits into eight bytes needs no hash.
const SHINGLE: usize = 5;

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
    let shingles: Vec<HashSet<u64>> = pieces.iter().map(|piece| shingles(piece.text)).collect();
    Ok(json!({"kept": kept(&shingles, near)}))
}

/// The numbers of the sets that resemble none kept before them: their Jaccard index stays below `near`.
fn kept(sets: &[HashSet<u64>], near: f64) -> Vec<usize> {
    let mut kept = Vec::new();
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, set) in sets.iter().enumerate() {
        let mut common: HashMap<usize, usize> = HashMap::new();
        for holder in set.iter().filter_map(|shingle| holders.get(shingle)).flatten() {
            *common.entry(*holder).or_default() += 1;
        }
        let resembles = |(holder, common): (&usize, &usize)| {
            let all = set.len() + sets.get(*holder).map_or(0, HashSet::len) - common;
            *common as f64 >= near * all as f64
        };
        if common.iter().any(resembles) {
            continue;
        }
        kept.push(index);
        for shingle in set {
            holders.entry(*shingle).or_default().push(index);
        }
    }
    kept
}

/// All stretches of letters, in lower case, with single spaces; a text shorter than one is one.
fn shingles(text: &str) -> HashSet<u64> {
    let text = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    if text.len() < SHINGLE {
        return HashSet::from([number(text.as_bytes())]);
    }
    text.as_bytes().windows(SHINGLE).map(number).collect()
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
