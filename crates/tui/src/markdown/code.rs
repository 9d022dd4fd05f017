//! Blocks of code: their lines on the screen, and their content for the clipboard and the colours.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::render::OPTIONS;
use crate::text::{Breaks, Indent, Row, Span, wrap};
use crate::theme::Slot;

/// A block of code in a Markdown source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// The first word of the fence's info string; empty when there is none.
    pub language: String,
    /// Where its content stands in the source: pieces without fences and without the prefixes of the list
    /// items and quotations around it.
    pub pieces: Vec<Range<usize>>,
}

impl CodeBlock {
    pub(super) fn new(kind: &CodeBlockKind<'_>) -> Self {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        let word = info.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{')).next();
        Self { language: word.unwrap_or_default().to_owned(), pieces: Vec::new() }
    }

    /// The content, as it should be pasted.
    pub fn content(&self, source: &str) -> String {
        self.pieces.iter().filter_map(|piece| source.get(piece.clone())).collect()
    }
}

/// All blocks of code of a source, in order.
pub fn code_blocks(source: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<CodeBlock> = None;
    for (event, range) in Parser::new_ext(source, OPTIONS).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => open = Some(CodeBlock::new(&kind)),
            Event::Text(_) => open.iter_mut().for_each(|block| block.pieces.push(range.clone())),
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _other => {}
        }
    }
    blocks
}

/// Appends the rows of one line of code, given by its range without the line feed.
pub(super) fn code_line(source: &str, range: Range<usize>, indent: &Indent, rows: &mut Vec<Row>) {
    wrap(source, &[Span::source(range, Slot::CodeBlock)], Breaks::Anywhere, indent, rows);
}

/// The lines within a piece of the source, without their line feeds. A last line of nothing but blanks is
/// left out, as the parser does where a source ends.
pub(super) fn lines(source: &str, piece: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = piece.start;
    source.get(piece).unwrap_or_default().split_inclusive('\n').filter_map(move |line| {
        let code = line.strip_suffix('\n');
        let range = start..start + code.unwrap_or(line).len();
        start += line.len();
        (code.is_some() || !line.trim().is_empty()).then_some(range)
    })
}

/// The decoration before every line of code.
pub(super) fn code_prefix() -> Span {
    Span::fixed("▏ ", Slot::Border)
}

/// An opening fence at the left edge of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// Reads the opening line; `None` when it is indented or no fence.
    pub(super) fn open(line: &str) -> Option<Self> {
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = line.chars().take_while(|c| *c == mark).count();
        let is_inline_code = mark == '`' && line.trim_start_matches(mark).contains(mark);
        (length >= 3 && !is_inline_code).then_some(Self { mark, length })
    }

    /// Whether a line closes this fence, or may come to do so.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let inner = line.trim_start_matches(' ');
        let length = inner.chars().take_while(|c| *c == self.mark).count();
        let after = inner.trim_start_matches(self.mark);
        line.len() - inner.len() <= 3 && length >= self.length && after.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_has_no_fences_and_no_foreign_indent() {
        let source = "text\n\n- item\n\n  ```rust,ignore\n  fn main() {\n      x\n  }\n  ```\n\n> ~~~\n> quoted\n> ~~~\n";
        let blocks = code_blocks(source);
        let found: Vec<(&str, String)> =
            blocks.iter().map(|block| (block.language.as_str(), block.content(source))).collect();
        assert_eq!(found, [("rust", "fn main() {\n    x\n}\n".to_owned()), ("", "quoted\n".to_owned())]);
    }

    #[test]
    fn a_fence_is_closed_by_its_like() {
        let fence = Fence::open("````rust").unwrap();
        let cases =
            [("```", false), ("````", true), ("  `````  ", true), ("    ````", false), ("````x", false)];
        for (line, expected) in cases {
            assert_eq!(fence.is_closed_by(line), expected, "{line:?}");
        }
        assert_eq!(Fence::open("  ```"), None);
    }
}
