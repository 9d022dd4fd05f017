//! `split_by`: a text cut before each match.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pattern::compile;
use crate::texts::pieces::{MOST_ROWS, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "split_by",
        signature: "split_by(rx)",
        summary: "The texts cut before each match; nothing is lost.",
    },
    python: include_str!("split_by.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    rx: String,
    flags: String,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, rx, flags } = arguments(input)?;
    let rx = compile(&rx, &flags)?;
    let mut rows = Vec::new();
    for piece in &pieces(call, &texts)? {
        let mut start = 0;
        let ends = rx.find_iter(piece.text).map(|place| place.start()).chain([piece.text.len()]);
        for end in ends.filter(|end| *end > 0) {
            if rows.len() >= MOST_ROWS {
                return Err(format!(
                    "`{rx}` makes more than {MOST_ROWS} parts: use chunk, or a rarer pattern"
                ));
            }
            if end > start {
                rows.push(piece.row(&(start..end)));
                start = end;
            }
        }
    }
    Ok(json!({"rows": rows}))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[ab#é\n]{0,60}", rx in proptest::sample::select(vec!["#", "a+", "b*", "^a", "$", ""])) {
            let call = call_with(&[("a", &text)]);
            let rows = ask(&call, "split_by", &json!({"texts": "*", "rx": rx, "flags": ""})).unwrap();
            let mut at = 0;
            for row in rows["rows"].as_array().unwrap() {
                prop_assert_eq!(row[1].as_u64().unwrap(), at);
                at = row[2].as_u64().unwrap();
            }
            prop_assert_eq!(at, text.chars().count() as u64);
        }
    }

    #[test]
    fn parts_begin_with_their_match() {
        let call = call_with(&[("a", "x\n# A\ny\n# B\n")]);
        let rows = ask(&call, "split_by", &json!({"texts": "*", "rx": "^# ", "flags": ""})).unwrap();
        assert_eq!(rows["rows"], json!([[0, 0, 2, 1], [0, 2, 8, 2], [0, 8, 12, 4]]));
    }
}
