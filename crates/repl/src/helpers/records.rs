//! `records`: rows of tables and lists as dicts.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{arguments, pieces};
use crate::texts::tables::{self, Form};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "records",
        signature: "records(fmt=\"auto\")",
        summary: "Dicts from csv, tsv, json, jsonl or `key: v || key: v`.",
    },
    python: include_str!("records.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    fmt: String,
    /// The byte behind the last row that was read before.
    after: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, fmt, after } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let piece = pieces.first().ok_or("there is no text")?;
    let form = Form::of(&fmt, piece.name(), piece.text)?;
    let page = tables::read(piece.text, form, after)?;
    let bad: Vec<Value> = page.bad.iter().map(|(at, why)| json!([piece.line(*at), why])).collect();
    Ok(json!({"rows": page.rows, "bad": bad, "next": page.next, "fmt": form.name()}))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn rows_are_read_and_bad_ones_named_by_their_line() {
        let call = call_with(&[("a.csv", "name,age\nann,3\nbo\ncy,5\n")]);
        let found = ask(&call, "records", &json!({"texts": "*", "fmt": "auto", "after": 0})).unwrap();
        assert_eq!(found["rows"], json!([{"name": "ann", "age": "3"}, {"name": "cy", "age": "5"}]));
        assert_eq!(found["bad"], json!([[3, "1 values, not 2"]]));
        assert_eq!((&found["next"], &found["fmt"]), (&json!(null), &json!("csv")));
    }
}
