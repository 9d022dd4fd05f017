//! `chunk`: a text in parts of a size.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::cuts::{Stops, cut};
use crate::texts::outlines::{heading_starts, symbol_starts};
use crate::texts::pattern::compile;
use crate::texts::pieces::{Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "chunk",
        signature: "chunk(size=50_000, overlap=0, by=\"lines\")",
        summary: "All of it in parts of at most size; by: lines, chars, heading, symbol or a pattern.",
    },
    python: include_str!("chunk.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    size: usize,
    overlap: usize,
    by: String,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, size, overlap, by } = arguments(input)?;
    if size == 0 || overlap > size / 2 {
        return Err(format!(
            "a size of {size} with an overlap of {overlap}: the overlap is at most half of the size"
        ));
    }
    let mut rows = Vec::new();
    for piece in &pieces(call, &texts)? {
        let chunks = cut(piece, size, overlap, &stops(call, piece, &by)?)?;
        rows.extend(chunks.iter().map(|chunk| piece.row(chunk)));
    }
    Ok(json!({"rows": rows}))
}

fn stops(call: &HelperCall, piece: &Piece<'_>, by: &str) -> Result<Stops, String> {
    Ok(match by {
        "lines" => Stops::Lines,
        "chars" => Stops::Characters,
        "heading" => Stops::Before(heading_starts(call, piece)),
        "symbol" => Stops::Before(symbol_starts(call, piece)),
        pattern => {
            let rx = compile(pattern, "i")?;
            Stops::Before(rx.find_iter(piece.text).map(|place| place.start()).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::texts::tests::{ask, call_with};

    fn chunks(text: &str, size: usize, by: &str) -> Vec<String> {
        let call = call_with(&[("a.md", text)]);
        let input = json!({"texts": "*", "size": size, "overlap": 0, "by": by});
        let rows = ask(&call, "chunk", &input).unwrap()["rows"].clone();
        let at = |row: &Value, index: usize| usize::try_from(row[index].as_u64().unwrap()).unwrap();
        let part = |row: &Value| text.chars().skip(at(row, 1)).take(at(row, 2) - at(row, 1)).collect();
        rows.as_array().unwrap().iter().map(part).collect()
    }

    proptest! {
        #[test]
        fn chunks_are_small_enough_and_joined_they_are_the_text(
            text in "([a-c é猫]{0,12}|# [ab]|## b|```)(\n([a-c é猫]{0,12}|# [ab]|## b|```)){0,20}", size in 1usize..40,
        ) {
            for by in ["lines", "chars", "heading", "symbol", r"a+"] {
                let chunks = chunks(&text, size, by);
                prop_assert_eq!(&chunks.concat(), &text, "{}", by);
                prop_assert!(chunks.iter().all(|chunk| chunk.chars().count() <= size), "{}", by);
            }
        }
    }

    #[test]
    fn chunks_end_where_they_are_asked_to() {
        let text = "# A\nab\n# B\nab\n";
        assert_eq!(chunks(text, 11, "heading"), ["# A\nab\n", "# B\nab\n"]);
        assert_eq!(chunks(text, 11, "b$"), ["# A\nab\n# ", "B\nab\n"]);
        let call = call_with(&[("a.py", "def f():\n    pass\n\ndef g():\n    pass\n")]);
        let input = json!({"texts": "*", "size": 30, "overlap": 0, "by": "symbol"});
        assert_eq!(ask(&call, "chunk", &input).unwrap()["rows"], json!([[0, 0, 19, 1], [0, 19, 37, 4]]));
    }

    #[test]
    fn an_overlap_must_leave_room() {
        let call = call_with(&[("a", "x")]);
        for (size, overlap) in [(0, 0), (10, 6)] {
            let input = json!({"texts": "*", "size": size, "overlap": overlap, "by": "lines"});
            assert!(ask(&call, "chunk", &input).unwrap_err().contains("at most half"), "{size}");
        }
    }
}
