//! The normal screen: finished rows are printed once and belong to the terminal from then on; below them stands a
//! footer that is erased and drawn again.
//!
//! *Invariants:* a frame is one `write(2)` inside a synchronized update. Only the cursor's own row is ever reckoned from:
//! no row is addressed by its number, no margins are set, and nothing above the footer is touched.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::sequences::{BEGIN_FRAME, END_FRAME, SHOW_CURSOR};
use super::sgr::write_row;

/// Erases the cursor's row and everything below. From the second column on: tmux takes an erasure that begins in the very
/// first cell of the screen for a new page, and keeps the old one in its history.
const ERASE: &[u8] = b"\x1b[0m\x1b[K\x1b[C\x1b[J\r";

/// Prints finished rows and keeps a footer below them.
#[derive(Debug)]
pub(crate) struct InlineWriter<W> {
    sink: W,
    bytes: Vec<u8>,
    /// Rows to print above the footer with the next frame.
    printed: Vec<u8>,
    has_reflow: bool,
    area: Rect,
    /// The footer as it stands on the terminal.
    shown: Option<Shown>,
}

/// What is known of the footer on the terminal.
#[derive(Debug, Default)]
struct Shown {
    footer: Vec<u8>,
    /// Columns of each of its rows.
    columns: Vec<u16>,
    /// Where the cursor was left.
    cursor: Position,
}

/// A footer to draw.
#[derive(Debug)]
pub(crate) struct Footer {
    /// Its cells.
    pub(crate) buffer: Buffer,
    /// Where the hardware cursor goes; hidden when `None`.
    pub(crate) cursor: Option<Position>,
    /// Control sequences to send with the frame.
    pub(crate) extra: Vec<u8>,
}

impl<W: Write> InlineWriter<W> {
    /// A writer for a terminal with the cursor in an empty row. Whether it breaks lines anew when it gets narrower
    /// decides how far up the footer then begins.
    pub(crate) fn new(sink: W, has_reflow: bool) -> Self {
        Self { sink, bytes: Vec::new(), printed: Vec::new(), has_reflow, area: Rect::default(), shown: None }
    }

    /// Prints rows that will not change any more, with the next frame.
    pub(crate) fn print(&mut self, rows: &Buffer) -> io::Result<()> {
        for row in 0..rows.area.height {
            write_row(rows, row, &mut self.printed)?;
            self.printed.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    /// Takes the terminal's new size into account: of a footer it may have cut rows off.
    pub(crate) fn resize(&mut self, area: Rect) {
        if area != self.area {
            self.area = area;
            self.forget();
        }
    }

    /// Draws the footer again even when it is as it was.
    pub(crate) fn forget(&mut self) {
        if let Some(shown) = &mut self.shown {
            shown.footer.clear();
        }
    }

    /// Draws the footer below what was printed; nothing when nothing changed.
    pub(crate) fn draw(&mut self, footer: &Footer) -> io::Result<()> {
        let mut next = Shown::default();
        encode(footer, self.has_reflow, &mut next)?;
        let is_same = self.shown.as_ref().is_some_and(|shown| shown.footer == next.footer);
        if is_same && self.printed.is_empty() && footer.extra.is_empty() {
            return Ok(());
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(BEGIN_FRAME);
        self.bytes.extend_from_slice(&footer.extra);
        self.erase()?;
        self.bytes.append(&mut self.printed);
        self.bytes.extend_from_slice(&next.footer);
        self.bytes.extend_from_slice(END_FRAME);
        self.shown = Some(next);
        self.sink.write_all(&self.bytes)
    }

    /// Takes the footer away and leaves what was printed, with the cursor below it.
    pub(crate) fn take_away(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.extend_from_slice(BEGIN_FRAME);
        self.erase()?;
        self.bytes.append(&mut self.printed);
        self.bytes.extend_from_slice(END_FRAME);
        self.shown = None;
        self.sink.write_all(&self.bytes)
    }

    /// Erases the footer.
    fn erase(&mut self) -> io::Result<()> {
        self.bytes.push(b'\r');
        if let Some(shown) = self.shown.take() {
            let up = if self.has_reflow { shown.rows_above(self.area.width) } else { shown.cursor.y };
            if up > 0 {
                write!(self.bytes, "\x1b[{up}A")?;
            }
        }
        self.bytes.extend_from_slice(ERASE);
        Ok(())
    }
}

impl Shown {
    /// Rows above the cursor on a terminal which has broken the footer's rows anew at this width.
    fn rows_above(&self, width: u16) -> u16 {
        let width = width.max(1);
        let above = self.columns.iter().take(usize::from(self.cursor.y));
        above.map(|columns| columns.div_ceil(width).max(1)).sum::<u16>() + self.cursor.x / width
    }
}

/// The bytes of a footer whose first row is the cursor's.
///
/// A terminal may have become narrower by the time it reads them. Rows below the cursor are then to be cut, so that the
/// cursor finds its own from the last one. Those above it wrap where the terminal breaks rows anew, for there they count
/// as what they take; where it cuts rows they are cut.
fn encode(footer: &Footer, has_reflow: bool, shown: &mut Shown) -> io::Result<()> {
    let out = &mut shown.footer;
    let wrapping = footer.cursor.filter(|_| has_reflow).map_or(0, |cursor| cursor.y + 1);
    let height = footer.buffer.area.height;
    for row in 0..height {
        if row > 0 {
            out.extend_from_slice(b"\r\n");
        }
        if row == wrapping {
            out.extend_from_slice(b"\x1b[?7l");
        }
        shown.columns.push(write_row(&footer.buffer, row, out)?);
    }
    // A hidden cursor waits at the top, where no change of the size can tear it from its row.
    shown.cursor = footer.cursor.unwrap_or_default();
    out.extend_from_slice(b"\x1b[?7h\r");
    let up = height.saturating_sub(1).saturating_sub(shown.cursor.y);
    if up > 0 {
        write!(out, "\x1b[{up}A")?;
    }
    if shown.cursor.x > 0 {
        write!(out, "\x1b[{}C", shown.cursor.x)?;
    }
    if footer.cursor.is_some() {
        out.extend_from_slice(SHOW_CURSOR);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
