//! `extract`: all of a kind: addresses, dates, numbers and the like.

use std::time::{Duration, Instant};

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::findings::{self, Kind};
use crate::texts::pieces::{MOST_ROWS, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "extract",
        signature: "extract(kind, max=500)",
        summary: "json, url, path, date, number, email, ip, uuid, version, todo, import or error.",
    },
    python: include_str!("extract.py"),
    call: Some(call),
};

/// After this time the search for JSON values in prose ends; it alone is not linear in the text.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    kind: String,
    max: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, kind, max } = arguments(input)?;
    let (kind, max) = (Kind::of(&kind)?, max.min(MOST_ROWS));
    let deadline = Instant::now() + PATIENCE;
    let (mut rows, mut total) = (Vec::new(), 0_usize);
    for piece in &pieces(call, &texts)? {
        findings::find(kind, piece.text, deadline, |range| {
            total += 1;
            if rows.len() < max {
                rows.push(piece.row(&range));
            }
        })?;
    }
    Ok(json!({"more": total - rows.len(), "rows": rows}))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn findings_have_their_places() {
        let call = call_with(&[("a", "é a@b.cd\nx@y.zz and z@z.zz")]);
        let found = ask(&call, "extract", &json!({"texts": "*", "kind": "email", "max": 2})).unwrap();
        assert_eq!(found, json!({"more": 1, "rows": [[0, 2, 8, 1], [0, 9, 15, 2]]}));
        let unknown = ask(&call, "extract", &json!({"texts": "*", "kind": "poem", "max": 2})).unwrap_err();
        assert!(unknown.contains("`poem`") && unknown.contains("uuid"), "{unknown}");
    }
}
