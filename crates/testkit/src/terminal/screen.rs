//! A screen as the terminal showed it at one moment: text, cells, cursor.

use std::fmt;
use vt100::Color;

/// A screen at one moment. Rows and columns count from 0.
#[derive(Clone)]
pub struct Screen {
    inner: vt100::Screen,
}

/// One cell with its style.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a cell has these attributes, each on or off")]
pub struct Cell {
    /// What stands in it: one grapheme, or nothing.
    pub text: String,
    /// The colour of the text.
    pub foreground: Color,
    /// The colour behind it.
    pub background: Color,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Foreground and background exchanged.
    pub inverse: bool,
    /// How many columns it fills: 1 or 2; 0 for the second half of a wide one.
    pub columns: u8,
}

impl Cell {
    fn of(cell: &vt100::Cell) -> Self {
        let columns = match (cell.is_wide(), cell.is_wide_continuation()) {
            (true, _) => 2,
            (false, true) => 0,
            (false, false) => 1,
        };
        Self {
            text: cell.contents().to_owned(),
            foreground: cell.fgcolor(),
            background: cell.bgcolor(),
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
            inverse: cell.inverse(),
            columns,
        }
    }
}

impl Screen {
    pub(crate) fn new(inner: vt100::Screen) -> Self {
        Self { inner }
    }

    /// A screen of this size after a terminal has read these bytes: for tests of what draws without a PTY.
    #[track_caller]
    pub fn of_bytes(bytes: &[u8], cols: u16, rows: u16) -> Self {
        let mut parser = vt100::Parser::new(size(rows), size(cols), 0);
        parser.process(bytes);
        Self::new(parser.screen().clone())
    }

    /// How many columns it has.
    pub fn cols(&self) -> u16 {
        self.inner.size().1.get()
    }

    /// How many rows it has.
    pub fn rows(&self) -> u16 {
        self.inner.size().0.get()
    }

    /// The text of a row, without the blanks at its end; empty below the last row.
    pub fn row(&self, row: u16) -> String {
        let mut text = String::new();
        for cell in (0..self.cols()).filter_map(|col| self.inner.cell(row, col)) {
            if !cell.is_wide_continuation() {
                text.push_str(if cell.has_contents() { cell.contents() } else { " " });
            }
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The text of all rows.
    pub fn text(&self) -> String {
        let rows: Vec<String> = (0..self.rows()).map(|row| self.row(row)).collect();
        rows.join("\n")
    }

    /// Whether some row holds this text.
    pub fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// Row and column of the first place of this text within one row.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        (0..self.rows()).find_map(|row| self.find_in_row(row, text).map(|col| (row, col)))
    }

    fn find_in_row(&self, row: u16, text: &str) -> Option<u16> {
        let (before, _) =
            self.row(row).split_once(text).map(|(before, after)| (before.len(), after.len()))?;
        let mut length = 0;
        (0..self.cols()).find(|col| {
            let is_here = length >= before;
            length += self.inner.cell(row, *col).map_or(0, bytes_in_row);
            is_here
        })
    }

    /// A cell with its style.
    #[track_caller]
    pub fn cell(&self, row: u16, col: u16) -> Cell {
        let cell = self.inner.cell(row, col);
        Cell::of(cell.unwrap_or_else(|| panic!("row {row}, column {col} lies outside the screen")))
    }

    /// The cells of this text, at its first place.
    #[track_caller]
    pub fn cells_of(&self, text: &str) -> Vec<Cell> {
        let (row, start) = self.find(text).unwrap_or_else(|| panic!("no {text:?} on\n{self}"));
        let mut cells = Vec::new();
        let mut length = 0;
        for cell in (start..self.cols()).filter_map(|col| self.inner.cell(row, col)) {
            if length >= text.len() {
                break;
            }
            length += bytes_in_row(cell);
            cells.push(Cell::of(cell));
        }
        cells
    }

    /// Row and column of the cursor; none when it is hidden.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        (!self.inner.hide_cursor()).then(|| self.inner.cursor_position())
    }

    /// Whether this is the alternate screen.
    pub fn is_alternate(&self) -> bool {
        self.inner.alternate_screen()
    }

    /// Whether a paste would be bracketed.
    pub fn has_bracketed_paste(&self) -> bool {
        self.inner.bracketed_paste()
    }

    /// Whether the mouse is reported to the program.
    pub fn has_mouse(&self) -> bool {
        self.inner.mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// What has scrolled off the top of the main screen, oldest first; empty on the alternate screen.
    pub fn scrollback(&self) -> Vec<String> {
        let mut page = self.clone();
        let above = page.inner.scrollback_len();
        let mut lines = Vec::new();
        for distance in (1..=above).rev() {
            page.inner.set_scrollback(distance);
            lines.push(page.row(0));
        }
        lines
    }
}

pub(crate) fn size(cells: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(cells).expect("a terminal has at least one row and one column")
}

/// How many bytes a cell adds to the text of its row.
fn bytes_in_row(cell: &vt100::Cell) -> usize {
    match (cell.is_wide_continuation(), cell.has_contents()) {
        (true, _) => 0,
        (false, true) => cell.contents().len(),
        (false, false) => 1,
    }
}

/// The whole grid in a box, with its size and cursor below: what failures show.
impl fmt::Display for Screen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = usize::from(self.cols());
        writeln!(out, "╭{}╮", "─".repeat(width))?;
        for row in 0..self.rows() {
            let text = self.row(row);
            let filled: usize = (0..self.cols()).rev().find_map(|col| self.filled_to(row, col)).unwrap_or(0);
            writeln!(out, "│{text}{}│", " ".repeat(width.saturating_sub(filled)))?;
        }
        writeln!(out, "╰{}╯", "─".repeat(width))?;
        let cursor =
            self.cursor().map_or("hidden".to_owned(), |(row, col)| format!("row {row}, column {col}"));
        write!(out, "{}×{}, cursor {cursor}", self.cols(), self.rows())
    }
}

impl Screen {
    /// The columns filled up to and with this cell, where it holds more than a blank.
    fn filled_to(&self, row: u16, col: u16) -> Option<usize> {
        let cell = self.inner.cell(row, col)?;
        let is_blank = !cell.is_wide_continuation() && cell.contents().trim().is_empty();
        (!is_blank).then_some(usize::from(col) + 1)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_columns_and_styles_survive_wide_characters() {
        let screen = Screen::of_bytes("漢字 \x1b[1;3;31mred\x1b[0m\r\n\x1b[7mx".as_bytes(), 12, 3);
        assert_eq!(screen.text(), "漢字 red\nx\n");
        assert_eq!(screen.find("red"), Some((0, 5)));
        assert_eq!(screen.cell(0, 0).columns, 2);
        assert_eq!(screen.cell(0, 1).columns, 0);
        let red = screen.cells_of("red");
        assert_eq!(red.len(), 3);
        assert!(red.iter().all(|cell| cell.bold && cell.italic && cell.foreground == Color::Idx(1)));
        assert!(screen.cell(1, 0).inverse);
        assert_eq!(screen.cursor(), Some((1, 1)));
    }

    #[test]
    fn the_box_is_straight() {
        let screen = Screen::of_bytes("漢字 a\r\n\x1b[?25l".as_bytes(), 8, 2);
        let expected = "╭────────╮\n│漢字 a  │\n│        │\n╰────────╯\n8×2, cursor hidden";
        assert_eq!(screen.to_string(), expected);
    }
}
