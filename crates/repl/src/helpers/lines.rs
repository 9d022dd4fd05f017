//! `lines`: a stretch of lines.

use headwater_protocol::repl::HelperDoc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pieces::{Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "lines",
        signature: "lines(a, b=None, numbered=False)",
        summary: "Lines a to b, from 1; negative counts from the end.",
    },
    python: include_str!("lines.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    first: i64,
    last: i64,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, first, last } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let piece = pieces.first().ok_or("there is no text")?;
    let first = number(piece, first).max(1);
    let last = number(piece, last);
    let start = piece.start_of_line(first - 1).unwrap_or(piece.text.len());
    let end = if last < first { start } else { piece.start_of_line(last).unwrap_or(piece.text.len()) };
    let text = piece.slice(start..end);
    let end = end - text.len() + text.strip_suffix('\n').unwrap_or(text).len();
    Ok(json!({"row": piece.row(&(start..end)), "first": first}))
}

/// A line counted from 1; a negative number counts from the end.
fn number(piece: &Piece<'_>, line: i64) -> usize {
    let from_end = usize::try_from(line.unsigned_abs()).unwrap_or(usize::MAX);
    if line < 0 { (piece.lines() + 1).saturating_sub(from_end) } else { from_end }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn lines_are_cut_without_their_last_end() {
        let text = "one\ntwö\nthree\n";
        let call = call_with(&[("a", text)]);
        let table = [
            (1, 1, "one"),
            (2, 3, "twö\nthree"),
            (3, 99, "three"),
            (-1, -1, "three"),
            (-2, -1, "twö\nthree"),
            (-9, 1, "one"),
            (0, 1, "one"),
            (4, 4, ""),
            (9, 9, ""),
            (3, 2, ""),
        ];
        for (first, last, expected) in table {
            let found = ask(&call, "lines", &json!({"texts": "*", "first": first, "last": last})).unwrap();
            let at = |index: usize| usize::try_from(found["row"][index].as_u64().unwrap()).unwrap();
            let part: String = text.chars().skip(at(1)).take(at(2) - at(1)).collect();
            assert_eq!(part, expected, "{first} to {last}");
        }
    }
}
