//! Rows that only moved: the terminal moves them itself for a few bytes, where painting them again costs a row each.
//!
//! Lines are deleted where they leave and inserted where they make room (DL and IL of ECMA-48), so that what lies beyond
//! ends where it was; no margins are set, which could outlive the frame.

use std::io::{self, Write};
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};

/// Painted rows that a shift must save: below that its own bytes and the search are not worth it.
const LEAST_SAVED: usize = 2;

/// A block of rows that moves within the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    /// The first row of the block.
    top: usize,
    /// The row behind its last.
    bottom: usize,
    /// By how many rows it moves; so many rows become blank at its other end.
    rows: usize,
    direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Shift {
    /// The shift that saves most on the way from one screen to another of the same size; `None` where none is worth it.
    pub(super) fn between(shown: &Buffer, next: &Buffer) -> Option<Self> {
        if changed(shown, next, 0..usize::from(next.area.height)) <= LEAST_SAVED {
            return None;
        }
        let up = shifts(shown, next, Direction::Up);
        // What moved down on the way there moved up on the way back.
        let down = shifts(next, shown, Direction::Down);
        let shifts = up.into_iter().chain(down).map(|shift| (shift.saves(shown, next), shift));
        let (saved, shift) = shifts.max_by_key(|(saved, _)| *saved)?;
        (saved >= LEAST_SAVED).then_some(shift)
    }

    /// How many rows less are painted with it than without.
    fn saves(self, shown: &Buffer, next: &Buffer) -> usize {
        let made_blank = match self.direction {
            Direction::Up => self.bottom - self.rows..self.bottom,
            Direction::Down => self.top..self.top + self.rows,
        };
        let still_painted = made_blank.filter(|y| !is_blank(row(next, *y))).count();
        changed(shown, next, self.top..self.bottom).saturating_sub(still_painted)
    }

    /// Moves the rows of a buffer as the terminal will.
    pub(super) fn apply(self, shown: &mut Buffer) {
        let width = usize::from(shown.area.width);
        let moved = self.rows * width;
        let Some(block) = shown.content.get_mut(self.top * width..self.bottom * width) else { return };
        let blank = match self.direction {
            Direction::Up => {
                block.rotate_left(moved);
                let left = block.len() - moved;
                block.get_mut(left..)
            }
            Direction::Down => {
                block.rotate_right(moved);
                block.get_mut(..moved)
            }
        };
        blank.into_iter().flatten().for_each(Cell::reset);
    }

    /// The sequences that make the terminal do it. Colours are reset first: blank rows take the current background.
    pub(super) fn write(self, bytes: &mut impl Write) -> io::Result<()> {
        let Self { top, bottom, rows, direction } = self;
        let (delete, insert) = match direction {
            Direction::Up => (top + 1, bottom - rows + 1),
            Direction::Down => (bottom - rows + 1, top + 1),
        };
        write!(bytes, "\x1b[0m\x1b[{delete};1H\x1b[{rows}M\x1b[{insert};1H\x1b[{rows}L")
    }
}

/// Every block whose rows `to` has further up than `from`.
fn shifts(from: &Buffer, to: &Buffer, direction: Direction) -> Vec<Shift> {
    let height = usize::from(to.area.height);
    let mut shifts = Vec::new();
    for rows in 1..height {
        let is_moved = |y: &usize| *y + rows < height && row(to, *y) == row(from, *y + rows);
        let mut start = 0;
        while start + rows < height {
            // Blank rows lie everywhere: a block is found by a row that is worth moving, and takes those above along.
            if is_blank(row(to, start)) || !is_moved(&start) {
                start += 1;
                continue;
            }
            let top = start - (0..start).rev().take_while(is_moved).count();
            let end = start + (start..height).take_while(is_moved).count();
            shifts.push(Shift { top, bottom: end + rows, rows, direction });
            start = end;
        }
    }
    shifts
}

/// How many of these rows are not as they were.
fn changed(shown: &Buffer, next: &Buffer, rows: Range<usize>) -> usize {
    rows.filter(|y| row(shown, *y) != row(next, *y)).count()
}

fn row(buffer: &Buffer, row: usize) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    buffer.content.get(row * width..(row + 1) * width).unwrap_or_default()
}

fn is_blank(row: &[Cell]) -> bool {
    row.iter().all(|cell| *cell == Cell::EMPTY)
}
