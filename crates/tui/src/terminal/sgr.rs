//! Rows of a buffer as bytes without any place: for lines that scroll away like those of any other program.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// Attributes with their parameters (ECMA-48 SGR).
const ATTRIBUTES: [(Modifier, u8); 7] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Writes the cells of a row up to its last one that is not blank, and resets the style; columns written.
pub(super) fn write_row(buffer: &Buffer, row: u16, out: &mut impl Write) -> io::Result<u16> {
    let cells = cells_of(buffer, row);
    let filled = cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
    let mut style = Style::default();
    let mut column = 0;
    while let Some(cell) = cells.get(column).filter(|_| column < filled) {
        let wanted = Style::of(cell);
        if wanted != style {
            wanted.write(out)?;
            style = wanted;
        }
        out.write_all(cell.symbol().as_bytes())?;
        // The columns that a wide cluster covers are its own.
        column += cell.symbol().width().max(1);
    }
    if style != Style::default() {
        out.write_all(b"\x1b[0m")?;
    }
    Ok(u16::try_from(column).unwrap_or(u16::MAX))
}

fn cells_of(buffer: &Buffer, row: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let start = usize::from(row) * width;
    buffer.content.get(start..start + width).unwrap_or_default()
}

fn is_blank(cell: &Cell) -> bool {
    let style = Style::of(cell);
    let shows = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    cell.symbol() == " " && style.background == Color::Reset && !style.modifier.intersects(shows)
}

/// What SGR can say of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Style {
    foreground: Color,
    background: Color,
    modifier: Modifier,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        Self { foreground: cell.fg, background: cell.bg, modifier: cell.modifier }
    }

    /// Begins anew each time: short, and nothing of the style before can be left over.
    fn write(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"\x1b[0")?;
        for (_, parameter) in ATTRIBUTES.iter().filter(|(attribute, _)| self.modifier.contains(*attribute)) {
            write!(out, ";{parameter}")?;
        }
        write_color(self.foreground, 30, out)?;
        write_color(self.background, 40, out)?;
        out.write_all(b"m")
    }
}

/// A colour's parameters; `base` is 30 for the text and 40 for what lies behind it.
fn write_color(color: Color, base: u8, out: &mut impl Write) -> io::Result<()> {
    let basic = match color {
        Color::Reset => return Ok(()),
        Color::Rgb(red, green, blue) => return write!(out, ";{};2;{red};{green};{blue}", base + 8),
        Color::Indexed(index) => return write!(out, ";{};5;{index}", base + 8),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    write!(out, ";{}", base + basic)
}
