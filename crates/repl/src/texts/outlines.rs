//! The outline of a text: headings, definitions, keys, files of a diff, columns.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use pulldown_cmark::{Event, Parser, Tag};
use regex::Regex;

use super::formats::Format;
use super::pieces::{MOST_ROWS, Piece};
use super::symbols::{self, Language, Symbol};
use crate::entry::HelperCall;

/// How much of a program or of a JSON text is read: a larger one is data, and its beginning shows its form.
const READ: usize = 8 << 20;

/// Headings of books and laws.
static CHAPTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "chapter|part|book|section|article|appendix|act|scene|volume|letter|canto";
    let number = r"[ivxlcdm]+|\d+|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten";
    Regex::new(&format!(r"(?im)^[ \t]{{0,3}}(?:{words})[ \t]+(?:{number})\b[^\n]{{0,80}}$")).ok()
});

/// An entry is a symbol, whatever the text is.
pub(crate) type Outline = Arc<Vec<Symbol>>;

/// The outline of `piece`, worked out once for each text of the context.
pub(crate) fn outline(call: &HelperCall, piece: &Piece<'_>) -> Outline {
    let build = || read(piece, Format::guess(piece.name(), piece.text));
    match piece.digest() {
        Some(key) => call.cache.get(&format!("outline {key}"), build),
        None => Arc::new(build()),
    }
}

/// Where a heading begins, in ascending order.
pub(crate) fn heading_starts(call: &HelperCall, piece: &Piece<'_>) -> Vec<usize> {
    let build = || headings(piece.text);
    let found = match piece.digest() {
        Some(key) => call.cache.get(&format!("headings {key}"), build),
        None => Arc::new(build()),
    };
    found.iter().map(|heading| heading.range.start).collect()
}

/// Where the line of a definition at the top begins, in ascending order.
pub(crate) fn symbol_starts(call: &HelperCall, piece: &Piece<'_>) -> Vec<usize> {
    let found = outline(call, piece);
    let top = found.iter().filter(|symbol| symbol.depth == 1);
    let mut starts: Vec<usize> = top.map(|symbol| line_start(piece.text, symbol.range.start)).collect();
    starts.dedup();
    starts
}

fn read(piece: &Piece<'_>, format: Format) -> Vec<Symbol> {
    let text = piece.text;
    match format {
        Format::Code(language) => symbols::symbols(language, beginning(text)),
        Format::Json => symbols::symbols(Language::Json, beginning(text)),
        Format::JsonLines => first_line_keys(text),
        Format::Csv(delimiter) => columns(text, delimiter),
        Format::Diff => files(text),
        Format::Markdown | Format::Text => headings(text),
        Format::Log | Format::Pairs => Vec::new(),
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(READ)).unwrap_or(text)
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1)
}

/// Headings as Markdown has them; where there are none, those of books. Each reaches to the next of its level.
fn headings(text: &str) -> Vec<Symbol> {
    let mut found: Vec<Symbol> = Parser::new(text)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(heading(text, range, level as usize)),
            _ => None,
        })
        .take(MOST_ROWS)
        .collect();
    if found.is_empty() {
        let chapters = CHAPTER.as_ref().map(|rx| rx.find_iter(text)).into_iter().flatten();
        found = chapters.map(|found| heading(text, found.range(), 1)).collect();
    }
    let highest = found.iter().map(|heading| heading.depth).min().unwrap_or(1);
    for heading in &mut found {
        heading.depth -= highest - 1;
    }
    close(&mut found, text.len());
    found
}

fn heading(text: &str, range: Range<usize>, depth: usize) -> Symbol {
    let line = text.get(range.clone()).unwrap_or_default().lines().next().unwrap_or_default();
    let title = line.trim().trim_matches('#').trim().chars().take(100).collect();
    Symbol { range: line_start(text, range.start)..range.end, depth, title }
}

/// Lets each entry reach to the next one that is not below it.
fn close(found: &mut [Symbol], length: usize) {
    let mut open_ends = [length; 8];
    for symbol in found.iter_mut().rev() {
        let depth = symbol.depth.min(open_ends.len());
        let end = open_ends.iter().take(depth).min().copied().unwrap_or(length);
        symbol.range.end = end.max(symbol.range.end);
        if let Some(own) = open_ends.get_mut(depth - 1) {
            *own = symbol.range.start;
        }
        // What lies deeper ends here as well, which the minimum over the depths above it says already.
    }
}

fn files(text: &str) -> Vec<Symbol> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("+++ ") {
            found.push(Symbol { range: at..at + line.len(), depth: 1, title: name.trim().to_owned() });
        }
        at += line.len();
    }
    close(&mut found, text.len());
    found
}

fn columns(text: &str, delimiter: u8) -> Vec<Symbol> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let Ok(header) = reader.headers() else { return Vec::new() };
    let title = format!("columns: {}", header.iter().collect::<Vec<_>>().join(", "));
    vec![Symbol { range: 0..text.len(), depth: 1, title }]
}

fn first_line_keys(text: &str) -> Vec<Symbol> {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    let keys = value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>().join(", "));
    let title = keys.map_or("one JSON value a line".to_owned(), |keys| format!("keys of each line: {keys}"));
    vec![Symbol { range: 0..text.len(), depth: 1, title }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::pieces::pieces;
    use crate::texts::tests::call_with;

    fn shown(name: &str, text: &str) -> Vec<String> {
        let call = call_with(&[(name, text)]);
        let wanted = serde_json::json!("*");
        let found = pieces(&call, &wanted).unwrap();
        let piece = &found[0];
        let line = |symbol: &Symbol| {
            let last = piece.line(symbol.range.end.saturating_sub(1));
            format!("{}-{last} {}:{}", piece.line(symbol.range.start), symbol.depth, symbol.title)
        };
        outline(&call, piece).iter().map(line).collect()
    }

    #[test]
    fn outlines_name_the_lines_of_each_entry() {
        let table: [(&str, &str, &[&str]); 6] = [
            (
                "a.md",
                "intro\n\n## A\nx\n```\n# no\n```\n### B\ny\n## C #\nz\n\nD\n---\nw\n",
                &["3-9 1:A", "8-9 2:B", "10-12 1:C", "13-15 1:D"],
            ),
            (
                "book",
                "words\n\nCHAPTER I. Down\ntext\n\nChapter 2\nmore\n",
                &["3-5 1:CHAPTER I. Down", "6-7 1:Chapter 2"],
            ),
            (
                "a.diff",
                "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n",
                &["2-6 1:b/x", "7-7 1:b/y"],
            ),
            ("a.csv", "name,age\nann,3\n", &["1-2 1:columns: name, age"]),
            ("a.jsonl", "{\"a\": 1, \"b\": 2}\n{\"a\": 3}\n", &["1-2 1:keys of each line: a, b"]),
            ("a.py", "x = 1\n\ndef f():\n    return 1\n", &["3-4 1:def f()"]),
        ];
        for (name, text, expected) in table {
            assert_eq!(shown(name, text), expected, "{name}");
        }
    }
}
