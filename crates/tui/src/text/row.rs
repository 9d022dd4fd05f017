//! One painted row and the pieces it is made of.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::width::{grapheme_width, width};
use crate::theme::Face;

/// As many blanks as most gaps and indents need, so that they cost no memory of their own.
const SPACES: &str = "                                                                ";

/// Where the characters of a span come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The span's own source range, as it stands.
    Source,
    /// A decoration known at compile time.
    Fixed(&'static str),
    /// Text made for the occasion: a number, a resolved entity.
    Made(Box<str>),
}

/// A run of characters with one face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its characters.
    pub piece: Piece,
    /// What it means.
    pub face: Face,
    /// The bytes of the cell's source it stands for; `None` for decorations, which are never copied.
    pub source: Option<Range<usize>>,
}

impl Span {
    /// A decoration.
    pub fn fixed(text: &'static str, face: impl Into<Face>) -> Self {
        Self { piece: Piece::Fixed(text), face: face.into(), source: None }
    }

    /// A decoration made at run time.
    pub fn made(text: impl Into<Box<str>>, face: impl Into<Face>) -> Self {
        Self { piece: Piece::Made(text.into()), face: face.into(), source: None }
    }

    /// Empty columns.
    pub fn blank(columns: usize) -> Self {
        match SPACES.get(..columns) {
            Some(spaces) => Self::fixed(spaces, Face::default()),
            None => Self::made(" ".repeat(columns), Face::default()),
        }
    }

    /// A part of the source.
    pub fn source(range: Range<usize>, face: impl Into<Face>) -> Self {
        Self { piece: Piece::Source, face: face.into(), source: Some(range) }
    }

    /// Stands for a part of the source with other characters.
    pub fn standing_for(range: Range<usize>, text: impl Into<Box<str>>, face: impl Into<Face>) -> Self {
        Self { piece: Piece::Made(text.into()), face: face.into(), source: Some(range) }
    }

    /// The characters, given the source of the cell.
    pub fn text<'a>(&'a self, source: &'a str) -> &'a str {
        match &self.piece {
            Piece::Source => self.source.clone().and_then(|range| source.get(range)).unwrap_or_default(),
            Piece::Fixed(text) => text,
            Piece::Made(text) => text,
        }
    }

    /// The same span cut to a byte range of its characters.
    pub(crate) fn cut(&self, range: Range<usize>) -> Self {
        let piece = match &self.piece {
            Piece::Source => Piece::Source,
            Piece::Fixed(text) => Piece::Fixed(text.get(range.clone()).unwrap_or_default()),
            Piece::Made(text) => Piece::Made(text.get(range.clone()).unwrap_or_default().into()),
        };
        let source = match (&self.piece, &self.source) {
            (Piece::Source, Some(whole)) => Some(whole.start + range.start..whole.start + range.end),
            (_, whole) => whole.clone(),
        };
        Self { piece, face: self.face, source }
    }
}

/// One row of the screen, before any theme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub spans: Vec<Span>,
    /// Whether source text between the row above and this one is not shown.
    pub is_after_fold: bool,
}

impl Row {
    /// A row of these spans.
    pub fn new(spans: Vec<Span>) -> Self {
        Self { spans, is_after_fold: false }
    }

    /// An empty row.
    pub fn blank() -> Self {
        Self::default()
    }

    /// Columns it takes.
    pub fn width(&self, source: &str) -> usize {
        self.spans.iter().map(|span| width(span.text(source))).sum()
    }

    /// The source range from its first to its last byte; `None` for pure decoration.
    pub fn source(&self) -> Option<Range<usize>> {
        let mut ranges = self.spans.iter().filter_map(|span| span.source.clone());
        let first = ranges.next()?;
        Some(ranges.fold(first, |all, next| all.start.min(next.start)..all.end.max(next.end)))
    }

    /// The source offset under a column: that of the cluster there, the next one to the right of a decoration,
    /// or the end of the row.
    pub fn offset_at(&self, column: usize, source: &str) -> Option<usize> {
        let mut left = 0;
        for span in &self.spans {
            let text = span.text(source);
            let right = left + width(text);
            if let Some(range) = span.source.as_ref().filter(|_| column < right) {
                return Some(match span.piece {
                    Piece::Source => range.start + byte_at(text, column.saturating_sub(left)),
                    Piece::Fixed(_) | Piece::Made(_) => range.start,
                });
            }
            left = right;
        }
        self.source().map(|range| range.end)
    }

    /// The characters, for tests and linear output.
    pub fn text(&self, source: &str) -> String {
        self.spans.iter().map(|span| span.text(source)).collect()
    }
}

/// The byte where the cluster under a column begins.
fn byte_at(text: &str, column: usize) -> usize {
    let mut right = 0;
    for (byte, grapheme) in text.grapheme_indices(true) {
        right += grapheme_width(grapheme);
        if column < right {
            return byte;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Slot;

    #[test]
    fn a_column_finds_its_source() {
        let source = "漢字 text";
        let row = Row::new(vec![Span::fixed("│ ", Slot::Border), Span::source(0..source.len(), Slot::Text)]);
        let cases = [(0, 0), (2, 0), (3, 0), (4, 3), (6, 6), (7, 7), (99, source.len())];
        for (column, expected) in cases {
            assert_eq!(row.offset_at(column, source), Some(expected), "column {column}");
        }
        assert_eq!(Row::new(vec![Span::fixed("│", Slot::Border)]).offset_at(0, source), None);
    }
}
