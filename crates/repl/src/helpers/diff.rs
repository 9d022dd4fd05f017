//! `diff`: how two texts differ, and how alike they are.

use std::time::Duration;

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "diff",
        signature: "diff(a, b, ctx=3) · similar(a, b)",
        summary: "The unified diff; likeness from 0 to 1.",
    },
    python: include_str!("diff.py"),
    call: Some(call),
};

/// After this time a difference may be larger than need be, but it is still one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Texts of more bytes together are compared line by line.
const BY_WORDS: usize = 2 << 20;

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    ctx: Option<usize>,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, ctx } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let [a, b] = pieces.as_slice() else { return Err("two texts are compared".to_owned()) };
    let mut config = TextDiff::configure();
    config.timeout(PATIENCE);
    Ok(match ctx {
        Some(ctx) => {
            let diff = config.diff_lines(a.text, b.text);
            let (old, new) = (a.name().unwrap_or("a"), b.name().unwrap_or("b"));
            json!({"diff": diff.unified_diff().context_radius(ctx).header(old, new).to_string()})
        }
        None if a.text == b.text => json!({"ratio": 1.0}),
        None if a.text.len() + b.text.len() > BY_WORDS => {
            json!({"ratio": f64::from(config.diff_lines(a.text, b.text).ratio())})
        }
        None => json!({"ratio": f64::from(config.diff_words(a.text, b.text).ratio())}),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    fn compare(a: &str, b: &str, ctx: Option<usize>) -> serde_json::Value {
        let input = json!({"texts": [{"text": a}, {"text": b}], "ctx": ctx});
        ask(&call_with(&[]), "diff", &input).unwrap()
    }

    #[test]
    fn texts_are_compared() {
        let expected = "--- a\n+++ b\n@@ -2,2 +2,2 @@\n two\n-three\n+3\n";
        assert_eq!(compare("one\ntwo\nthree\n", "one\ntwo\n3\n", Some(1))["diff"], json!(expected));
        assert_eq!(compare("x", "x", Some(3))["diff"], json!(""));
        let long = "a line of words\n".repeat(100_000);
        assert_eq!(
            compare(&long, &format!("{long}x\n"), None)["ratio"].as_f64().map(|ratio| ratio > 0.99),
            Some(true)
        );
        assert_eq!(compare("", "", None)["ratio"], json!(1.0));
        assert_eq!(compare("a b c", "x y z", None)["ratio"].as_f64().map(|ratio| ratio < 0.5), Some(true));
        assert_eq!(
            compare("a b c d", "a b c e", None)["ratio"].as_f64().map(|ratio| ratio > 0.8),
            Some(true)
        );
    }
}
