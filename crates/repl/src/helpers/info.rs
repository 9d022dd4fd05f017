//! `info`: what a text is, in numbers.

use headwater_protocol::repl::HelperDoc;
use memchr::memmem;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::entry::{HelperCall, HelperEntry};
use crate::texts::digests::sha256;
use crate::texts::formats::Format;
use crate::texts::pieces::{Piece, arguments, pieces};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "info",
        signature: "info(x=None)",
        summary: "Kind, size, lines, tokens, format and oddities of the context, or of x.",
    },
    python: concat!(include_str!("ground.py"), "\n\n", include_str!("info.py")),
    call: Some(call),
};

/// Texts that are described one by one.
const DESCRIBED: usize = 50;
/// Bytes a token has, about.
const TOKEN: usize = 4;

#[derive(Deserialize)]
struct Arguments {
    texts: Value,
}

fn call(call: &HelperCall, input: &Value) -> Result<Value, String> {
    let Arguments { texts } = arguments(input)?;
    let pieces = pieces(call, &texts)?;
    let bytes: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    Ok(json!({
        "chars": pieces.iter().map(Piece::characters).sum::<usize>(),
        "lines": pieces.iter().map(Piece::lines).sum::<usize>(),
        "est_tokens": bytes.div_ceil(TOKEN),
        "parts": pieces.iter().take(DESCRIBED).map(describe).collect::<Vec<_>>(),
    }))
}

fn describe(piece: &Piece<'_>) -> Value {
    let (line, length) = longest_line(piece);
    json!({
        "name": piece.name(),
        "chars": piece.characters(),
        "lines": piece.lines(),
        "est_tokens": piece.text.len().div_ceil(TOKEN),
        "format": Format::guess(piece.name(), piece.text).name(),
        "longest_line": {"line": line, "chars": length},
        "notes": notes(piece),
        "sha256": piece.digest().map_or_else(|| sha256(piece.text), str::to_owned),
    })
}

/// The number of the longest line, and its characters.
fn longest_line(piece: &Piece<'_>) -> (usize, usize) {
    let feeds = memchr::memchr_iter(b'\n', piece.text.as_bytes()).chain([piece.text.len()]);
    let (mut start, mut longest) = (0, 0..0);
    for end in feeds {
        if end - start > longest.len() {
            longest = start..end;
        }
        start = end + 1;
    }
    let characters = piece.characters_before(longest.end) - piece.characters_before(longest.start);
    (piece.line(longest.start), characters)
}

/// What might surprise who reads the text line by line or as plain characters.
fn notes(piece: &Piece<'_>) -> Vec<String> {
    let has = |mark: &str| memmem::find(piece.text.as_bytes(), mark.as_bytes()).is_some();
    let marks = [
        ("\u{feff}", "byte order mark"),
        ("\r\n", "CRLF line ends"),
        ("\0", "NUL characters"),
        ("\u{1b}[", "terminal escapes"),
        ("\u{fffd}", "replacement characters: it was decoded with losses"),
    ];
    let mut notes: Vec<String> =
        marks.iter().filter(|(mark, _)| has(mark)).map(|(_, note)| (*note).to_owned()).collect();
    let beyond = piece.text.len() - piece.characters();
    if beyond > 0 {
        notes.push(format!("not only ASCII: {} bytes, {} characters", piece.text.len(), piece.characters()));
    }
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn a_text_is_described() {
        let call = call_with(&[("a.md", "# é\r\nlonger line\nx")]);
        let found = ask(&call, "info", &json!({"texts": "*"})).unwrap();
        let part = &found["parts"][0];
        assert_eq!(
            (&found["chars"], &found["lines"], &found["est_tokens"]),
            (&json!(18), &json!(3), &json!(5))
        );
        assert_eq!((&part["name"], &part["format"]), (&json!("a.md"), &json!("markdown")));
        assert_eq!(part["longest_line"], json!({"line": 2, "chars": 11}));
        assert_eq!(part["sha256"], json!(call.corpus.parts[0].sha256));
        assert_eq!(part["notes"], json!(["CRLF line ends", "not only ASCII: 19 bytes, 18 characters"]));
        let words = ask(&call, "info", &json!({"texts": [{"text": ""}]})).unwrap();
        assert_eq!((&words["lines"], &words["parts"][0]["format"]), (&json!(0), &json!("text")));
    }
}
