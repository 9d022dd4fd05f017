//! `grep`: the lines that match a pattern.

use std::ops::Range;

use headwater_protocol::repl::HelperDoc;
use memchr::{memchr, memrchr};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::pattern::compile;
use crate::texts::pieces::{MOST_ROWS, Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "grep",
        signature: "grep(rx, ctx=0, max=100)",
        summary: "Matching lines: (line, text); the last entry says how many were cut.",
    },
    python: include_str!("grep.py"),
    call: Some(call),
};

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
    rx: String,
    flags: String,
    ctx: usize,
    max: usize,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts, rx, flags, ctx, max } = arguments(input)?;
    let (rx, max) = (compile(&rx, &flags)?, max.min(MOST_ROWS));
    let (mut rows, mut total) = (Vec::new(), 0_usize);
    for piece in &pieces(call, &texts)? {
        matching(piece.text, &rx, |lines| {
            total += 1;
            if rows.len() < max {
                rows.push(row(piece, &lines, ctx));
            }
        });
    }
    Ok(json!({"more": total - rows.len(), "rows": rows}))
}

/// Tells `found` the lines of each match, without their last end; two matches in one line count once.
fn matching(text: &str, rx: &Regex, mut found: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(place) = rx.find_at(text, at) {
        let start = memrchr(b'\n', bytes.get(..place.start()).unwrap_or_default()).map_or(0, |feed| feed + 1);
        // A match that takes in the end of its line ends in that line.
        let inside = place.end().max(place.start() + 1) - 1;
        let end =
            memchr(b'\n', bytes.get(inside..).unwrap_or_default()).map_or(text.len(), |feed| inside + feed);
        if start == text.len() && start > 0 {
            return;
        }
        found(start..end);
        at = end + 1;
        if at > text.len() {
            return;
        }
    }
}

/// The row of the lines with `ctx` lines around them; its line is that of the match.
fn row(piece: &Piece<'_>, lines: &Range<usize>, ctx: usize) -> Value {
    let bytes = piece.text.as_bytes();
    let mut around = lines.clone();
    for _ in 0..ctx {
        let before = bytes.get(..around.start.saturating_sub(1)).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |feed| feed + 1);
        let behind = bytes.get(around.end + 1..).unwrap_or_default();
        let end = memchr(b'\n', behind).map_or(bytes.len(), |feed| around.end + 1 + feed);
        let end = if behind.is_empty() { around.end } else { end };
        if (start, end) == (around.start, around.end) {
            break;
        }
        around = start..end;
    }
    let (start, end) = (piece.characters_before(around.start), piece.characters_before(around.end));
    json!([piece.index, start, end, piece.line(lines.start)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    /// The number of a line, and what is shown of it.
    type Shown = (u64, &'static str);

    const TEXT: &str = "Önly one\ntwo two\n\nthree\nfour\n";

    fn found(rx: &str, ctx: usize, max: usize) -> (Vec<(u64, String)>, u64) {
        let call = call_with(&[("a", TEXT)]);
        let input = json!({"texts": "*", "rx": rx, "flags": "i", "ctx": ctx, "max": max});
        let reply = ask(&call, "grep", &input).unwrap();
        let shown = |row: &serde_json::Value| {
            let at = |index: usize| usize::try_from(row[index].as_u64().unwrap()).unwrap();
            (row[3].as_u64().unwrap(), TEXT.chars().skip(at(1)).take(at(2) - at(1)).collect())
        };
        (reply["rows"].as_array().unwrap().iter().map(shown).collect(), reply["more"].as_u64().unwrap())
    }

    #[test]
    fn lines_that_match_are_found_once() {
        let table: [(&str, usize, &[Shown]); 7] = [
            ("TWO", 0, &[(2, "two two")]),
            ("^$", 0, &[(3, "")]),
            ("o$", 0, &[(2, "two two")]),
            ("three", 1, &[(4, "\nthree\nfour")]),
            ("önly", 9, &[(1, "Önly one\ntwo two\n\nthree\nfour")]),
            (r"two\s+three", 0, &[(2, "two two\n\nthree")]),
            (r"two\n", 0, &[(2, "two two")]),
        ];
        for (rx, ctx, expected) in table {
            let expected =
                expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect::<Vec<_>>();
            assert_eq!(found(rx, ctx, 100), (expected, 0), "{rx}");
        }
    }

    #[test]
    fn what_is_cut_is_counted() {
        assert_eq!(found("", 0, 2), (vec![(1, "Önly one".to_owned()), (2, "two two".to_owned())], 3));
        assert_eq!(found(r"[a-z]", 0, 0), (vec![], 4));
    }

    #[test]
    fn a_bad_pattern_is_one_sentence() {
        let call = call_with(&[("a", TEXT)]);
        let input = json!({"texts": "*", "rx": "(?=x)", "flags": "", "ctx": 0, "max": 1});
        assert!(ask(&call, "grep", &input).unwrap_err().starts_with("look-around is not supported"));
    }
}
