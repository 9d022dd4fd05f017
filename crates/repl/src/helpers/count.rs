//! `count`: how many matches, and the matches.

use headwater_protocol::repl::HelperDoc;
use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pattern::compile;
use crate::texts::pieces::{MOST_ROWS, Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "count",
        signature: "count(rx) · find_all(rx, max=1000)",
        summary: "How many matches, exactly; the matches, or their groups.",
    },
    python: include_str!("count.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    rx: String,
    flags: String,
    max: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, rx, flags, max } = arguments(input)?;
    let (rx, max) = (compile(&rx, &flags)?, max.min(MOST_ROWS));
    let (mut rows, mut total) = (Vec::new(), 0);
    for piece in &pieces(call, &texts)? {
        let wanted = max - rows.len();
        rows.extend(rx.captures_iter(piece.text).take(wanted).map(|groups| row(piece, &rx, &groups)));
        total += rx.find_iter(piece.text).count();
    }
    Ok(json!({"rows": rows, "total": total}))
}

/// The number of the text, and the place of each group; of the whole match when the pattern has no group.
fn row(piece: &Piece<'_>, rx: &Regex, groups: &Captures<'_>) -> Value {
    let skipped = usize::from(rx.captures_len() > 1);
    let place = |group: Option<regex::Match<'_>>| {
        group.map(|group| [piece.characters_before(group.start()), piece.characters_before(group.end())])
    };
    json!([piece.index, groups.iter().skip(skipped).map(place).collect::<Vec<_>>()])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn matches_are_counted_and_their_groups_placed() {
        let call = call_with(&[("a", "é1 b22\nC333"), ("b", "d4")]);
        let table = [
            (
                r"\d+",
                10,
                json!({"rows": [[0, [[1, 2]]], [0, [[4, 6]]], [0, [[8, 11]]], [1, [[1, 2]]]], "total": 4}),
            ),
            (r"([bc])\d", 1, json!({"rows": [[0, [[3, 4]]]], "total": 2})),
            (r"(d)|(é)", 9, json!({"rows": [[0, [null, [0, 1]]], [1, [[0, 1], null]]], "total": 2})),
            ("none", 9, json!({"rows": [], "total": 0})),
        ];
        for (rx, max, expected) in table {
            let input = json!({"texts": "*", "rx": rx, "flags": "i", "max": max});
            assert_eq!(ask(&call, "count", &input).unwrap(), expected, "{rx}");
        }
    }
}
