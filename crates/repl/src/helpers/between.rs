//! `between`: what stands between two patterns.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pattern::compile;
use crate::texts::pieces::{MOST_ROWS, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "between",
        signature: "between(a_rx, b_rx, max=50)",
        summary: "The texts between two patterns.",
    },
    python: include_str!("between.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    a: String,
    b: String,
    a_flags: String,
    b_flags: String,
    max: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let given: Arguments = arguments(input)?;
    let (a, b) = (compile(&given.a, &given.a_flags)?, compile(&given.b, &given.b_flags)?);
    let (mut rows, mut total) = (Vec::new(), 0_usize);
    for piece in &pieces(call, &given.texts)? {
        let mut at = 0;
        while let Some(opening) = a.find_at(piece.text, at) {
            let Some(closing) = b.find_at(piece.text, opening.end()) else { break };
            total += 1;
            if rows.len() < given.max.min(MOST_ROWS) {
                rows.push(piece.row(&(opening.end()..closing.start())));
            }
            at = if closing.end() > at { closing.end() } else { piece.forward(at, 1) };
            if at >= piece.text.len() {
                break;
            }
        }
    }
    Ok(json!({"more": total - rows.len(), "rows": rows}))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn what_stands_between_is_found() {
        let call = call_with(&[("a", "é<b>one</b>\n<b>two</b> <b>open")]);
        let table = [
            ("<b>", "</b>", 9, json!({"more": 0, "rows": [[0, 4, 7, 1], [0, 15, 18, 2]]})),
            ("<b>", "</b>", 1, json!({"more": 1, "rows": [[0, 4, 7, 1]]})),
            ("open", "x", 9, json!({"more": 0, "rows": []})),
        ];
        for (a, b, max, expected) in table {
            let input = json!({"texts": "*", "a": a, "b": b, "a_flags": "", "b_flags": "", "max": max});
            assert_eq!(ask(&call, "between", &input).unwrap(), expected, "{a} {max}");
        }
        let empty = json!({"texts": "*", "a": "", "b": "", "a_flags": "", "b_flags": "", "max": 1});
        assert_eq!(ask(&call, "between", &empty).unwrap()["rows"], json!([[0, 0, 0, 1]]));
    }
}
