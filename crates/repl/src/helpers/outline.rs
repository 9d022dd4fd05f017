//! `outline`: headings, definitions, keys and files.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::outlines::outline;
use crate::texts::pieces::{MOST_ROWS, Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "outline",
        signature: "outline(depth=2, max=200)",
        summary: "Headings, definitions, keys or files: (first line, last line, title).",
    },
    python: include_str!("outline.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    depth: usize,
    max: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, depth, max } = arguments(input)?;
    let (pieces, max) = (pieces(call, &texts)?, max.min(MOST_ROWS));
    let rows: Vec<Value> = match pieces.as_slice() {
        [piece] => entries(call, piece, depth, 0),
        several => files(call, several, depth, max),
    };
    let more = rows.len().saturating_sub(max);
    Ok(json!({"rows": rows.into_iter().take(max).collect::<Vec<_>>(), "more": more}))
}

/// A row for each text, with what is in it below as long as all of that has room.
fn files(call: &HelperCall, pieces: &[Piece<'_>], depth: usize, max: usize) -> Vec<Value> {
    let file = |piece: &Piece<'_>| {
        json!([
            1,
            piece.lines(),
            0,
            piece.name().map_or_else(|| format!("text {}", piece.index), str::to_owned)
        ])
    };
    let names: Vec<Value> = pieces.iter().map(file).collect();
    if depth < 2 || names.len() >= max {
        return names;
    }
    let mut rows = Vec::new();
    for (piece, name) in pieces.iter().zip(&names) {
        rows.push(name.clone());
        rows.extend(entries(call, piece, depth - 1, 1));
        if rows.len() > max {
            return names;
        }
    }
    rows
}

/// Rows of first line, last line, level and title.
fn entries(call: &HelperCall, piece: &Piece<'_>, depth: usize, level: usize) -> Vec<Value> {
    let found = outline(call, piece);
    let entries = found.iter().filter(|entry| entry.depth <= depth);
    let row = entries.map(|entry| {
        let last = piece.line(entry.range.end.saturating_sub(1).max(entry.range.start));
        json!([piece.line(entry.range.start), last, level + entry.depth - 1, entry.title])
    });
    row.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn several_texts_are_listed_with_what_is_in_them_while_there_is_room() {
        let call = call_with(&[("a.py", "class A:\n    def f(self): ...\n"), ("b.md", "# T\n## U\n")]);
        let rows = |depth: usize, max: usize| {
            ask(&call, "outline", &json!({"texts": "*", "depth": depth, "max": max})).unwrap()["rows"].clone()
        };
        let names = json!([[1, 2, 0, "a.py"], [1, 2, 0, "b.md"]]);
        assert_eq!(rows(1, 200), names);
        assert_eq!(rows(2, 3), names);
        assert_eq!(
            rows(2, 200),
            json!([[1, 2, 0, "a.py"], [1, 2, 1, "class A"], [1, 2, 0, "b.md"], [1, 2, 1, "T"]])
        );
    }

    #[test]
    fn one_text_is_outlined_to_a_depth() {
        let call = call_with(&[("b.md", "# T\n## U\n### V\n")]);
        let found = ask(&call, "outline", &json!({"texts": "*", "depth": 2, "max": 1})).unwrap();
        assert_eq!(found, json!({"rows": [[1, 3, 0, "T"]], "more": 1}));
    }
}
