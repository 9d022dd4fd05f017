//! `quote`: where words stand literally.

use headwater_protocol::repl::HelperDoc;
use regex::RegexBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "quote",
        signature: "quote(text)",
        summary: "Where it stands literally, or None; cite its .src and .line.",
    },
    python: include_str!("quote.py"),
    call: Some(call),
};

/// The longest quotation, in bytes.
const LONGEST: usize = 20_000;
/// What its pattern may take, compiled.
const SIZE: usize = 256 << 20;

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    quote: String,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, quote } = arguments(input)?;
    if quote.len() > LONGEST {
        return Err(format!("a quotation of {} bytes is too long: quote a sentence or two", quote.len()));
    }
    let words: Vec<String> = quote.split_whitespace().map(regex::escape).collect();
    if words.is_empty() {
        return Ok(Value::Null);
    }
    let rx = RegexBuilder::new(&words.join(r"\s+")).size_limit(SIZE).dfa_size_limit(SIZE).build();
    let rx = rx.map_err(|_| "the quotation is too long: quote a sentence or two".to_owned())?;
    let pieces = pieces(call, &texts)?;
    let place = pieces.iter().find_map(|piece| Some((piece, rx.find(piece.text)?)));
    Ok(place.map_or(Value::Null, |(piece, place)| piece.row(&place.range())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn words_are_found_whatever_stands_between_them() {
        let call = call_with(&[("a", "nothing"), ("b", "é. The *quick*\n   brown fox (a.b)")]);
        let table = [
            ("The *quick* brown", json!([1, 3, 23, 1])),
            ("  brown\tfox ", json!([1, 18, 27, 2])),
            ("(a.b)", json!([1, 28, 33, 2])),
            ("the *quick*", Value::Null),
            ("axb", Value::Null),
            ("  ", Value::Null),
        ];
        for (quote, expected) in table {
            let found = ask(&call, "quote", &json!({"texts": "*", "quote": quote})).unwrap();
            assert_eq!(found, expected, "{quote}");
        }
        let long = json!({"texts": "*", "quote": "word ".repeat(5_000)});
        assert!(ask(&call, "quote", &long).unwrap_err().contains("too long"));
        let fits = json!({"texts": "*", "quote": "word ".repeat(4_000)});
        assert_eq!(ask(&call, "quote", &fits).unwrap(), Value::Null);
    }
}
