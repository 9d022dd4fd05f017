//! The transcript for the terminal's own scrollback: cells that will not change any more leave once, in their order,
//! and of a growing answer the blocks that are complete; the rest stays in view.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::TranscriptPane;
use super::entry::Entry;
use super::scroll::Place;
use crate::cells::Cell;
use crate::text::Row;
use crate::theme::Theme;

/// Rows painted at once.
const CHUNK: usize = 512;
/// Milliseconds that a finished answer waits for the colours of its code.
const PATIENCE_MILLIS: u64 = 300;
/// Newest cells that wait for colours; the past of a session that is carried on does not.
const NEW: usize = 8;

/// What finished cells are painted for.
#[derive(Clone, Copy, Debug)]
pub struct Printing<'a> {
    /// Columns of the terminal.
    pub width: u16,
    /// The clock of [`TranscriptPane::apply_delta`].
    pub now_ms: u64,
    /// Whether more may come at any moment.
    pub is_busy: bool,
    /// Whether everything is to be printed as it stands.
    pub is_end: bool,
    /// The theme.
    pub theme: &'a Theme,
}

impl TranscriptPane {
    /// Paints the cells that became final since the last time, each once.
    pub fn print_finished(&mut self, printing: Printing<'_>, mut print: impl FnMut(&Buffer)) {
        self.set_stage(printing.width, printing.now_ms);
        while self.viewport.first < self.entries.len() {
            let index = self.viewport.first;
            let height = self.measure(index);
            let from = self.printed_rows(index);
            if printing.is_end || self.is_final(index, printing) {
                self.viewport.first += 1;
                self.viewport.printed = 0;
                self.paint_rows(index, from..height, printing, &mut print);
            } else {
                return self.print_settled(index, from, printing, &mut print);
            }
        }
    }

    /// Prints what no text to come can change any more of an answer that is still growing.
    fn print_settled(
        &mut self,
        index: usize,
        from: usize,
        printing: Printing<'_>,
        print: &mut impl FnMut(&Buffer),
    ) {
        let settled = self.entries.get(index).and_then(Entry::settled);
        let Some(bytes) = settled.filter(|bytes| *bytes > self.viewport.printed) else { return };
        if self.has_colours(index, printing.now_ms) {
            self.viewport.printed = bytes;
            self.paint_rows(index, from..self.printed_rows(index), printing, print);
        }
    }

    /// Rows of the first cell that are printed: those before the block that begins where printing stopped. A block
    /// begins with the rows of decoration above its first text.
    pub(super) fn printed_rows(&self, index: usize) -> usize {
        let is_begun = index == self.viewport.first && self.viewport.printed > 0;
        let Some(entry) = self.entries.get(index).filter(|_| is_begun) else { return 0 };
        let rows = entry.rows();
        let is_after = |row: &Row| row.source().is_some_and(|range| range.start >= self.viewport.printed);
        let first = rows.iter().position(is_after).unwrap_or(rows.len());
        let before = rows.get(..first).unwrap_or_default();
        entry.margin() + before.iter().rposition(|row| row.source().is_some()).map_or(0, |last| last + 1)
    }

    /// Rows, up to about `most`, that the cells which are not printed yet take.
    pub fn measure_unprinted(&mut self, width: u16, now_ms: u64, most: usize) -> usize {
        self.set_stage(width, now_ms);
        let mut rows = 0;
        for index in (self.viewport.first..self.entries.len()).rev() {
            if rows >= most {
                break;
            }
            rows += self.measure(index).saturating_sub(self.printed_rows(index));
        }
        rows.min(most)
    }

    /// Whether a finished answer is held back until its code has colours.
    pub fn waits_for_colours(&self) -> bool {
        self.entries.get(self.viewport.first).is_some_and(|entry| entry.finished_ms.is_some())
    }

    fn set_stage(&mut self, width: u16, now_ms: u64) {
        self.viewport.width = usize::from(width).max(1);
        self.viewport.now_ms = now_ms;
    }

    /// Whether a cell, laid out just now, stays as it is.
    fn is_final(&mut self, index: usize, printing: Printing<'_>) -> bool {
        let is_newest = self.entries.iter().skip(index + 1).all(|entry| entry.is_hidden);
        let Some(entry) = self.entries.get(index) else { return true };
        // Research may take in further calls, a call may turn into a list, thinking may learn its size, a card may be
        // revised.
        let may_change = match &entry.cell {
            Cell::Research(_) | Cell::Tool(_) | Cell::Thinking(_) | Cell::Mission(_) => {
                is_newest && printing.is_busy
            }
            _other => false,
        };
        let is_open = entry.is_hidden || !(may_change || entry.cell.view().is_live());
        is_open && self.has_colours(index, printing.now_ms)
    }

    /// Whether the code of an answer has its colours, or has waited long enough for them.
    fn has_colours(&mut self, index: usize, now_ms: u64) -> bool {
        if index + NEW < self.entries.len() {
            return true;
        }
        let jobs = self.jobs_of(index);
        self.jobs.extend(jobs);
        let Some(entry) = self.entries.get_mut(index) else { return true };
        if entry.uncoloured == 0 {
            entry.finished_ms = None;
            return true;
        }
        now_ms.saturating_sub(*entry.finished_ms.get_or_insert(now_ms)) >= PATIENCE_MILLIS
    }

    fn paint_rows(
        &self,
        index: usize,
        rows: Range<usize>,
        printing: Printing<'_>,
        print: &mut impl FnMut(&Buffer),
    ) {
        let Some(entry) = self.entries.get(index) else { return };
        let places: Vec<Place> = rows.map(|row| Place { entry: index, row }).collect();
        for chunk in places.chunks(CHUNK) {
            let height = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
            let area = Rect::new(0, 0, printing.width, height);
            let mut buffer = Buffer::empty(area);
            let mut line = Rect { height: 1, ..area };
            self.draw_entry(entry, chunk, &mut line, (area, &mut buffer, printing.theme));
            print(&buffer);
        }
    }
}
