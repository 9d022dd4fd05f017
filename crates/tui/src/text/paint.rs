//! Puts rows into the cells of a buffer: the only place where text becomes symbols.

use std::num::NonZeroU16;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::row::{Piece, Row, Span};
use super::width::{TAB_WIDTH, grapheme_width};
use crate::theme::{Slot, Theme};

/// A marked range of source bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bytes.
    pub range: Range<usize>,
    /// What they mean.
    pub slot: Slot,
}

/// Marks of one kind, sorted and apart from each other.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// The marks.
    pub marks: &'a [Mark],
    /// Whether only blocks of code take them.
    pub is_for_code: bool,
}

impl Layer<'_> {
    fn at(&self, offset: usize) -> Option<&Mark> {
        let next = self.marks.partition_point(|mark| mark.range.end <= offset);
        self.marks.get(next).filter(|mark| mark.range.contains(&offset))
    }

    fn touches(&self, range: &Range<usize>) -> bool {
        let next = self.marks.partition_point(|mark| mark.range.end <= range.start);
        self.marks.get(next).is_some_and(|mark| mark.range.start < range.end)
    }
}

/// Paints the rows of one cell.
#[derive(Clone, Copy, Debug)]
pub struct Painter<'a> {
    /// The source of the cell.
    pub source: &'a str,
    /// The theme.
    pub theme: &'a Theme,
    /// What is marked, later layers over earlier ones.
    pub layers: &'a [Layer<'a>],
}

impl Painter<'_> {
    /// Paints a row into a line of the buffer; a cluster that would cross the edge is left out.
    pub fn paint(&self, row: &Row, area: Rect, buf: &mut Buffer) {
        let mut x = area.x;
        for span in &row.spans {
            x = self.span(span, x, area, buf);
        }
    }

    fn span(&self, span: &Span, x: u16, area: Rect, buf: &mut Buffer) -> u16 {
        let base = span.face.style(self.theme);
        let is_code = span.face.slot == Slot::CodeBlock;
        let is_marked = span.source.as_ref().is_some_and(|range| {
            self.layers.iter().any(|layer| (is_code || !layer.is_for_code) && layer.touches(range))
        });
        let mut pen = Pen { x, area, buf };
        let text = span.text(self.source);
        let style_at = |byte| if is_marked { self.marked(span, byte, base) } else { base };
        if text.is_ascii() {
            // Most text is, and needs no search for clusters.
            for byte in 0..text.len() {
                pen.put(text.get(byte..=byte).unwrap_or_default(), style_at(byte));
            }
        } else {
            for (byte, grapheme) in text.grapheme_indices(true) {
                pen.put(grapheme, style_at(byte));
            }
        }
        pen.x
    }

    /// The style of one cluster of a span with marks in it.
    fn marked(&self, span: &Span, byte: usize, base: Style) -> Style {
        let Some(range) = &span.source else { return base };
        let offset = if span.piece == Piece::Source { range.start + byte } else { range.start };
        let is_code = span.face.slot == Slot::CodeBlock;
        let layers = self.layers.iter().filter(|layer| is_code || !layer.is_for_code);
        layers
            .filter_map(|layer| layer.at(offset))
            .fold(base, |style, mark| style.patch(self.theme.style(mark.slot)))
    }
}

/// A place in a line of the buffer.
struct Pen<'b> {
    x: u16,
    area: Rect,
    buf: &'b mut Buffer,
}

impl Pen<'_> {
    fn put(&mut self, grapheme: &str, style: Style) {
        let columns = u16::try_from(grapheme_width(grapheme)).unwrap_or(u16::MAX);
        if grapheme == "\t" {
            for _ in 0..TAB_WIDTH {
                self.put(" ", style);
            }
        } else if self.x.saturating_add(columns) > self.area.right() {
            self.x = self.area.right();
        } else if let Some(width) = NonZeroU16::new(columns) {
            self.cluster(grapheme, width, style);
        }
    }

    fn cluster(&mut self, grapheme: &str, width: NonZeroU16, style: Style) {
        if let Some(cell) = self.buf.cell_mut((self.x, self.area.y)) {
            cell.set_symbol(grapheme).set_style(style);
            // Halfwidth kana with a sound mark: the buffer would count the mark twice.
            if grapheme.cell_width() != width.get() {
                cell.set_diff_option(CellDiffOption::ForcedWidth(width));
            }
        }
        for covered in 1..width.get() {
            // The columns a wide cluster covers hold nothing of their own.
            if let Some(cell) = self.buf.cell_mut((self.x + covered, self.area.y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
        self.x += width.get();
    }
}
