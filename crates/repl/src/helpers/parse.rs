//! `parse`: the JSON value in what a model wrote.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::answers;
use crate::texts::pieces::{arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "parse",
        signature: "parse(text, schema=None)",
        summary: "The JSON in what a model wrote, or a false Err.",
    },
    python: include_str!("parse.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    schema: Option<Value>,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, schema } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let piece = pieces.first().ok_or("there is no text")?;
    Ok(match answers::read(piece.text, schema.as_ref())? {
        Ok(value) => json!({"value": value}),
        Err(error) => json!({"error": error}),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn a_value_or_the_reason_why_there_is_none() {
        let parse = |text: &str, schema: serde_json::Value| {
            ask(&call_with(&[]), "parse", &json!({"texts": [{"text": text}], "schema": schema}))
        };
        let numbers = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(parse("```json\n[1, 2,]\n```", numbers.clone()).unwrap(), json!({"value": [1, 2]}));
        assert!(parse("[1, \"x\"]", numbers).unwrap()["error"].as_str().unwrap().contains("/1"));
        assert_eq!(parse("{\"a\": 1}", json!(null)).unwrap(), json!({"value": {"a": 1}}));
        assert!(parse("1", json!({"type": 12})).unwrap_err().contains("schema"));
    }
}
