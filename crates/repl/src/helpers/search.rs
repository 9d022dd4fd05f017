//! `search`: the parts that fit the words of a query.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{MOST_ROWS, arguments, pieces};
use crate::texts::ranking::{Hit, rank};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "search",
        signature: "search(query, k=10, size=1200)",
        summary: "The parts that fit the words best (BM25): (score, text).",
    },
    python: include_str!("search.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    query: String,
    k: usize,
    size: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, query, k, size } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let hits = rank(call, &pieces, &query, size.max(1), k.min(MOST_ROWS))?;
    let row = |hit: &Hit| {
        let piece = pieces.get(hit.piece)?;
        Some(json!([(hit.score * 1000.0).round() / 1000.0, piece.row(&hit.range)]))
    };
    Ok(json!({"hits": hits.iter().filter_map(row).collect::<Vec<_>>()}))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn hits_carry_their_score_and_place() {
        let call = call_with(&[("a", "alpha beta\ngamma delta\n"), ("b", "gamma gamma\n")]);
        let input = json!({"texts": "*", "query": "gamma", "k": 5, "size": 12});
        let hits = ask(&call, "search", &input).unwrap()["hits"].clone();
        assert_eq!(hits[0][1], json!([1, 0, 12, 1]));
        assert_eq!(hits[1][1], json!([0, 11, 23, 2]));
        assert!(hits[0][0].as_f64() > hits[1][0].as_f64() && hits[1][0].as_f64() > Some(0.0));
        let none = json!({"texts": "*", "query": "!", "k": 5, "size": 12});
        assert!(ask(&call, "search", &none).unwrap_err().contains("no word"));
    }
}
