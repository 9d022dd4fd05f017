//! Breaks a styled line into rows of a width, with a hanging indent.

use unicode_segmentation::UnicodeSegmentation;

use super::row::{Row, Span};
use super::width::{TAB_WIDTH, grapheme_width, width};

/// Where a line may be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// At spaces, which are swallowed, and between wide characters: prose.
    Words,
    /// At the edge, nothing swallowed: code and output.
    Anywhere,
}

/// The room for a line and what stands before it.
#[derive(Clone, Debug, Default)]
pub struct Indent {
    /// Columns of the rows, prefixes included.
    pub width: usize,
    /// Before the first row.
    pub first: Vec<Span>,
    /// Before every other row.
    pub rest: Vec<Span>,
}

impl Indent {
    /// No prefix at all.
    pub fn none(width: usize) -> Self {
        Self { width, first: Vec::new(), rest: Vec::new() }
    }

    /// The same prefix before every row.
    pub fn hanging(width: usize, prefix: &[Span]) -> Self {
        Self { width, first: prefix.to_vec(), rest: prefix.to_vec() }
    }
}

/// Wraps one line (spans without line feeds) and appends its rows: at least one, even for an empty line.
pub fn wrap(source: &str, line: &[Span], breaks: Breaks, indent: &Indent, rows: &mut Vec<Row>) {
    let mut wrapper = Wrapper::new(source, line, indent, rows);
    for (index, span) in line.iter().enumerate() {
        let text = span.text(source);
        match breaks {
            Breaks::Words => wrapper.words(index, text),
            Breaks::Anywhere => wrapper.place(Slice::of(index, text), text),
        }
    }
    wrapper.finish();
}

/// A part of one span of the line: bytes of its text, and the columns they take.
#[derive(Clone, Copy, Debug)]
struct Slice {
    span: usize,
    start: usize,
    end: usize,
    columns: usize,
}

impl Slice {
    fn of(span: usize, text: &str) -> Self {
        Self { span, start: 0, end: text.len(), columns: width(text) }
    }
}

struct Wrapper<'a> {
    source: &'a str,
    line: &'a [Span],
    indent: &'a Indent,
    rows: &'a mut Vec<Row>,
    row: Vec<Span>,
    /// Columns of `row`, its prefix and `open` included.
    column: usize,
    /// Columns of the prefix of the row.
    margin: usize,
    /// The slice being grown at the end of the row.
    open: Option<Slice>,
    /// Spaces seen since the last word; swallowed when the row breaks there.
    spaces: Vec<Slice>,
    /// The word being gathered; it may run over several spans.
    word: Vec<Slice>,
}

impl<'a> Wrapper<'a> {
    fn new(source: &'a str, line: &'a [Span], indent: &'a Indent, rows: &'a mut Vec<Row>) -> Self {
        let margin = indent.first.iter().map(|span| width(span.text(source))).sum();
        Self {
            source,
            line,
            indent,
            rows,
            row: indent.first.clone(),
            column: margin,
            margin,
            open: None,
            spaces: Vec::new(),
            word: Vec::new(),
        }
    }

    /// Splits a span's text into words, spaces and wide characters.
    fn words(&mut self, span: usize, text: &str) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let ascii = rest.bytes().take_while(u8::is_ascii).count();
            // The last ASCII character may carry the combining mark that follows it.
            let plain = if ascii == rest.len() { ascii } else { ascii.saturating_sub(1) };
            if plain > 0 {
                self.ascii(span, at, rest.as_bytes().get(..plain).unwrap_or_default());
                at += plain;
            } else {
                let grapheme = rest.graphemes(true).next().unwrap_or(rest);
                self.grapheme(span, at, grapheme);
                at += grapheme.len();
            }
        }
    }

    fn ascii(&mut self, span: usize, at: usize, bytes: &[u8]) {
        let mut start = 0;
        for run in bytes.chunk_by(|a, b| is_space(*a) == is_space(*b)) {
            let end = start + run.len();
            let mut slice = Slice { span, start: at + start, end: at + end, columns: run.len() };
            if run.first().copied().is_some_and(is_space) {
                slice.columns = run.iter().map(|byte| if *byte == b'\t' { TAB_WIDTH } else { 1 }).sum();
                self.end_word();
                self.spaces.push(slice);
            } else {
                self.word.push(slice);
            }
            start = end;
        }
    }

    fn grapheme(&mut self, span: usize, at: usize, grapheme: &str) {
        let columns = grapheme_width(grapheme);
        let slice = Slice { span, start: at, end: at + grapheme.len(), columns };
        let is_breaking_space = grapheme.chars().all(|c| c.is_whitespace() && c != '\u{a0}');
        if is_breaking_space {
            self.end_word();
            self.spaces.push(slice);
        } else if columns < 2 {
            self.word.push(slice);
        } else {
            // Wide characters may be parted, but a row must not begin with what closes or follows.
            if !grapheme.chars().next().is_some_and(clings_to_the_left) {
                self.end_word();
            }
            self.word.push(slice);
        }
    }

    /// Places the gathered word, on the next row when it does not fit here.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let columns: usize = word.iter().map(|slice| slice.columns).sum();
        let gap: usize = self.spaces.iter().map(|slice| slice.columns).sum();
        if self.column + gap + columns <= self.indent.width {
            for slice in std::mem::take(&mut self.spaces) {
                self.grow(slice);
            }
        } else {
            self.spaces.clear();
            if self.column > self.margin {
                self.end_row();
            }
        }
        for slice in word {
            let text = self.line.get(slice.span).map_or("", |span| span.text(self.source));
            self.place(slice, text.get(slice.start..slice.end).unwrap_or_default());
        }
    }

    /// Places a slice, broken at the edge wherever it must be.
    fn place(&mut self, slice: Slice, text: &str) {
        if self.column + slice.columns <= self.indent.width {
            return self.grow(slice);
        }
        let mut at = slice.start;
        for grapheme in text.graphemes(true) {
            let columns = grapheme_width(grapheme);
            if self.column + columns > self.indent.width && self.column > self.margin {
                self.end_row();
            }
            self.grow(Slice { span: slice.span, start: at, end: at + grapheme.len(), columns });
            at += grapheme.len();
        }
    }

    fn grow(&mut self, slice: Slice) {
        self.column += slice.columns;
        if let Some(open) = &mut self.open
            && open.span == slice.span
            && open.end == slice.start
        {
            open.end = slice.end;
            return;
        }
        self.close();
        self.open = Some(slice);
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take()
            && let Some(span) = self.line.get(open.span)
        {
            self.row.push(span.cut(open.start..open.end));
        }
    }

    fn end_row(&mut self) {
        self.close();
        let next = self.indent.rest.clone();
        self.margin = next.iter().map(|span| width(span.text(self.source))).sum();
        self.column = self.margin;
        self.rows.push(Row::new(std::mem::replace(&mut self.row, next)));
    }

    fn finish(mut self) {
        self.end_word();
        self.close();
        self.rows.push(Row::new(self.row));
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Closing punctuation and small kana, which East Asian typography keeps off the beginning of a line
/// (JIS X 4051, the common subset).
fn clings_to_the_left(character: char) -> bool {
    "、。，．・：；？！）］｝〉》」』】〕〗ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Slot;
    use proptest::prelude::*;

    fn wrapped(text: &str, columns: usize, breaks: Breaks) -> Vec<String> {
        let mut rows = Vec::new();
        let line = [Span::source(0..text.len(), Slot::Text)];
        wrap(text, &line, breaks, &Indent::none(columns), &mut rows);
        rows.iter().map(|row| row.text(text)).collect()
    }

    #[test]
    fn prose_breaks_where_it_may() {
        let cases: [(&str, usize, &[&str]); 8] = [
            ("one two three", 7, &["one two", "three"]),
            ("one  two", 20, &["one  two"]),
            ("  indented", 20, &["  indented"]),
            ("unbreakable", 4, &["unbr", "eaka", "ble"]),
            ("漢字漢字", 5, &["漢字", "漢字"]),
            ("漢字。漢", 4, &["漢", "字。", "漢"]),
            ("ab e\u{301}\u{301}f", 3, &["ab", "e\u{301}\u{301}f"]),
            ("", 5, &[""]),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(wrapped(text, columns, Breaks::Words), expected, "{text:?}");
        }
    }

    #[test]
    fn code_breaks_at_the_edge() {
        assert_eq!(wrapped("let x = 1;", 4, Breaks::Anywhere), ["let ", "x = ", "1;"]);
        assert_eq!(wrapped("a漢漢", 4, Breaks::Anywhere), ["a漢", "漢"]);
    }

    #[test]
    fn a_word_over_two_faces_is_one_word() {
        let text = "say bolder";
        let line = [Span::source(0..8, Slot::Text), Span::source(8..10, Slot::Code)];
        let mut rows = Vec::new();
        let hang = [Span::fixed("| ", Slot::Border)];
        wrap(text, &line, Breaks::Words, &Indent::hanging(8, &hang), &mut rows);
        let rows: Vec<String> = rows.iter().map(|row| row.text(text)).collect();
        assert_eq!(rows, ["| say", "| bolder"]);
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_is_lost(
            text in "([a-z ]|漢|😀|e\u{301}|👨‍👩‍👧|🇩🇪|，){0,60}",
            columns in 2usize..30,
        ) {
            for breaks in [Breaks::Words, Breaks::Anywhere] {
                let rows = wrapped(&text, columns, breaks);
                for row in &rows {
                    prop_assert!(width(row) <= columns, "{row:?}");
                }
                let solid = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
                prop_assert_eq!(solid(&rows.concat()), solid(&text));
            }
        }
    }
}
