//! Words into cells: the few shapes that everything outside the transcript is made of.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::text::{Breaks, Indent, Painter, Row, Span, sanitize, truncate_spans, wrap};
use crate::theme::{Face, Slot, Theme};

/// Draws into a part of the screen with a theme.
pub(super) struct Brush<'a> {
    pub(super) theme: &'a Theme,
    pub(super) buf: &'a mut Buffer,
}

impl Brush<'_> {
    /// Paints a row of spans at the top of `area`, cut at its edge.
    pub(super) fn row(&mut self, spans: Vec<Span>, area: Rect) {
        let cut = truncate_spans("", spans, usize::from(area.width));
        self.paint(&Row::new(cut), area);
    }

    /// Paints a row of spans that ends at the right edge of `area`.
    pub(super) fn row_right(&mut self, spans: Vec<Span>, area: Rect) {
        let row = Row::new(truncate_spans("", spans, usize::from(area.width)));
        let width = u16::try_from(row.width("")).unwrap_or(u16::MAX).min(area.width);
        self.paint(&row, Rect { x: area.right() - width, width, ..area });
    }

    /// Paints a row as it is.
    pub(super) fn paint(&mut self, row: &Row, area: Rect) {
        if area.height > 0 {
            Painter { source: "", theme: self.theme, layers: &[] }.paint(row, area, self.buf);
        }
    }

    /// Paints rows from the top, as many as fit.
    pub(super) fn rows(&mut self, rows: &[Row], area: Rect) {
        for (row, line) in rows.iter().zip(area.rows()) {
            self.paint(row, line);
        }
    }

    /// A rounded frame around a cleared area; the area inside.
    pub(super) fn frame(&mut self, title: Vec<Span>, border: Face, area: Rect) -> Rect {
        self.clear(area);
        // Only its colour: attributes would show through in what is written on the frame.
        let style = Style { add_modifier: Modifier::empty(), ..border.style(self.theme) };
        let block = Block::bordered().border_type(BorderType::Rounded).border_style(style);
        let inner = block.inner(area);
        block.render(area, self.buf);
        let line =
            Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(4), height: 1, y: area.y };
        if !area.is_empty() {
            self.row(title, line);
        }
        inner
    }

    /// The left side of a frame, for rows that are to be short: those do not break when a terminal becomes narrower.
    pub(super) fn bracket(&mut self, title: Vec<Span>, border: Face, area: Rect) -> Rect {
        self.clear(area);
        let style = Style { add_modifier: Modifier::empty(), ..border.style(self.theme) };
        let last = area.height.saturating_sub(1);
        for (row, line) in (0..).zip(area.rows()) {
            let side = match row {
                0 => "╭─",
                row if row == last => "╰─",
                _between => "│",
            };
            self.buf.set_stringn(line.x, line.y, side, usize::from(line.width), style);
        }
        let line =
            Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(4), height: 1, ..area };
        self.row(title, line);
        Rect::new(area.x + 1, area.y + 1, area.width.saturating_sub(2), area.height.saturating_sub(2))
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buf.area);
        Clear.render(area, self.buf);
        self.buf.set_style(area, self.theme.style(Slot::Text));
    }

    /// Gives an area a style on top of what it holds.
    pub(super) fn tint(&mut self, style: Style, area: Rect) {
        self.buf.set_style(area.intersection(self.buf.area), style);
    }
}

/// A sanitized span.
pub(super) fn span(face: impl Into<Face>, text: impl AsRef<str>) -> Span {
    Span::made(sanitize(text.as_ref()).replace('\n', " "), face)
}

/// Sanitized text wrapped to a width, line feeds kept.
pub(super) fn wrapped(face: impl Into<Face>, text: &str, indent: &Indent, breaks: Breaks) -> Vec<Row> {
    let face = face.into();
    let mut rows = Vec::new();
    for line in sanitize(text).split('\n') {
        wrap("", &[Span::made(line, face)], breaks, indent, &mut rows);
    }
    rows
}
