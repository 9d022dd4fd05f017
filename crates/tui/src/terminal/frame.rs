//! One frame is one buffer and exactly one `write(2)`, inside a synchronized update.
//!
//! *Invariant:* nothing is ever cleared: after a resize every cell is painted, blank ones too. Rows that only moved are
//! moved by the terminal.

mod gaps;
mod halves;
mod shift;

use std::io::{self, Write};

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use self::shift::Shift;
use super::sequences::{BEGIN_FRAME, END_FRAME, SHOW_CURSOR};

/// What a large frame takes; a 200×60 one measured 48 KB.
const CAPACITY: usize = 128 * 1024;

/// Writes frames to a terminal, only what changed.
#[derive(Debug)]
pub(crate) struct FrameWriter<W> {
    sink: W,
    /// What the terminal shows.
    shown: Buffer,
    /// Where the next frame is drawn.
    next: Buffer,
    bytes: Vec<u8>,
    /// Whether what the terminal shows is unknown.
    is_stale: bool,
    cursor: Option<Position>,
}

/// A frame to draw into.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The cells, blank at first.
    pub(crate) buf: &'a mut Buffer,
    /// Where the hardware cursor goes; hidden when `None`.
    pub(crate) cursor: Option<Position>,
    /// Control sequences to send with the frame, such as a title.
    pub(crate) extra: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// A writer for a terminal of this size whose content is unknown.
    pub(crate) fn new(sink: W, area: Rect) -> Self {
        Self {
            sink,
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            bytes: Vec::with_capacity(CAPACITY),
            is_stale: true,
            cursor: None,
        }
    }

    /// Takes the terminal's new size into account.
    pub(crate) fn resize(&mut self, area: Rect) {
        if area != self.next.area {
            self.next = Buffer::empty(area);
            self.shown = Buffer::empty(area);
            self.is_stale = true;
        }
    }

    /// Paints every cell with the next frame.
    pub(crate) fn forget(&mut self) {
        self.is_stale = true;
    }

    /// Draws a frame and writes what changed; nothing when nothing did.
    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.next.reset();
        let mut frame = Frame { buf: &mut self.next, cursor: None, extra: Vec::new() };
        render(&mut frame);
        let Frame { cursor, extra, .. } = frame;
        halves::blank(&mut self.next);
        let is_written = self.encode(cursor, &extra)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.is_stale = false;
        self.cursor = cursor;
        if is_written { self.sink.write_all(&self.bytes) } else { Ok(()) }
    }

    /// Puts the frame into `bytes`; whether there is anything to send.
    fn encode(&mut self, cursor: Option<Position>, extra: &[u8]) -> io::Result<bool> {
        self.bytes.clear();
        self.bytes.extend_from_slice(BEGIN_FRAME);
        self.bytes.extend_from_slice(extra);
        let has_moved = self.shift()?;
        let mut backend = CrosstermBackend::new(&mut self.bytes);
        let has_cells = if self.is_stale {
            backend.draw(every_cell(&self.next))?;
            true
        } else {
            let changes = gaps::closed(self.shown.diff_iter(&self.next), &self.next);
            if !changes.is_empty() {
                backend.draw(changes.iter().copied())?;
            }
            !changes.is_empty()
        };
        if let Some(position) = cursor {
            backend.set_cursor_position(position)?;
            self.bytes.extend_from_slice(SHOW_CURSOR);
        }
        self.bytes.extend_from_slice(END_FRAME);
        Ok(has_moved || has_cells || !extra.is_empty() || cursor != self.cursor)
    }

    /// Lets the terminal move the rows that only moved; whether there were any.
    fn shift(&mut self) -> io::Result<bool> {
        if self.is_stale {
            return Ok(false);
        }
        let Some(shift) = Shift::between(&self.shown, &self.next) else { return Ok(false) };
        shift.write(&mut self.bytes)?;
        shift.apply(&mut self.shown);
        Ok(true)
    }
}

/// All cells but those which a wide one to their left covers.
fn every_cell(buffer: &Buffer) -> impl Iterator<Item = (u16, u16, &Cell)> {
    let area = buffer.area;
    area.rows().flat_map(move |row| {
        let mut covered_to = row.x;
        row.columns().filter_map(move |column| {
            let cell = buffer.cell((column.x, row.y))?;
            if column.x < covered_to {
                return None;
            }
            let columns = u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
            covered_to = column.x.saturating_add(columns);
            Some((column.x, row.y, cell))
        })
    })
}

#[cfg(test)]
mod tests;
