//! What part of the transcript is visible, and how it moves.

use ratatui::layout::Rect;

use super::TranscriptPane;
use crate::cells::Cell;

/// A movement of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// By rows; negative is up.
    Lines(i32),
    /// By pages; negative is up.
    Page(i32),
    /// To the beginning.
    Top,
    /// To the end, and follow it.
    End,
}

/// Where the view stands, in rows; what was never shown is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrollPosition {
    /// Rows above the view.
    pub above: usize,
    /// Rows of the view.
    pub height: usize,
    /// All rows.
    pub total: usize,
}

/// A row of an entry, its margin counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) entry: usize,
    pub(super) row: usize,
}

/// The view on the transcript.
#[derive(Clone, Debug)]
pub(super) struct Viewport {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) now_ms: u64,
    pub(super) is_following: bool,
    /// The first row of the view, when it does not follow.
    pub(super) top: Place,
    /// Rows to go up from `top` at the next layout.
    pub(super) lead: usize,
    /// The rows of the view, as laid out last.
    pub(super) visible: Vec<Place>,
    /// The first entry that is shown; those before it were printed for good.
    pub(super) first: usize,
    /// Bytes of its source that were printed.
    pub(super) printed: usize,
    /// Entries there were when the view left the end.
    pub(super) seen: usize,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width: 80,
            height: 0,
            now_ms: 0,
            is_following: true,
            top: Place::default(),
            lead: 0,
            visible: Vec::new(),
            first: 0,
            printed: 0,
            seen: 0,
        }
    }
}

impl Viewport {
    /// Keeps a place at a row of the view.
    pub(super) fn stay_at(&mut self, place: Place, row: usize) {
        self.top = place;
        self.lead = row;
        self.is_following = false;
    }
}

impl TranscriptPane {
    /// Lays out what `draw` will show; call before each draw with the area of the pane.
    pub fn prepare(&mut self, area: Rect, now_ms: u64) {
        let width = usize::from(area.width).max(1);
        let anchor = (width != self.viewport.width).then(|| self.offset_of(self.viewport.top)).flatten();
        self.viewport.width = width;
        self.viewport.height = usize::from(area.height);
        self.viewport.now_ms = now_ms;
        if let Some(offset) = anchor.filter(|_| !self.viewport.is_following) {
            // The same words stay at the top, whatever rows they now stand in.
            let entry = self.viewport.top.entry;
            self.viewport.top.row = self.row_of(entry, offset).unwrap_or_default();
        }
        if !self.viewport.is_following {
            self.fill_from_top();
        }
        if self.viewport.is_following {
            self.fill_from_end();
        }
        self.forget_far_rows();
    }

    /// Moves the view; reaching the end resumes following.
    pub fn scroll(&mut self, scroll: Scroll) {
        let page = i32::try_from(self.viewport.height.saturating_sub(1)).unwrap_or(i32::MAX).max(1);
        match scroll {
            Scroll::End => self.viewport.is_following = true,
            Scroll::Top => self.leave_end(Place::default()),
            Scroll::Lines(rows) => self.scroll_rows(rows),
            Scroll::Page(pages) => self.scroll_rows(pages.saturating_mul(page)),
        }
    }

    fn scroll_rows(&mut self, rows: i32) {
        let first = self.viewport.visible.first().copied().unwrap_or_default();
        let top = if self.viewport.is_following { first } else { self.viewport.top };
        let distance = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let top = if rows < 0 { self.up(top, distance) } else { self.down(top, distance) };
        if rows < 0 || !self.viewport.is_following {
            self.leave_end(top);
        }
    }

    /// Whether the view sticks to the end.
    pub fn is_following(&self) -> bool {
        self.viewport.is_following
    }

    /// Cells that came while the view stood elsewhere; `draw` shows it as `↓ 3 new · End to follow`.
    pub fn new_below(&self) -> usize {
        if self.viewport.is_following {
            return 0;
        }
        self.entries.iter().skip(self.viewport.seen).filter(|entry| !entry.is_hidden).count()
    }

    /// Where the view stands.
    pub fn scroll_position(&self) -> ScrollPosition {
        let first = self.viewport.visible.first().copied().unwrap_or_default();
        ScrollPosition {
            above: self.heights.before(first.entry) + first.row,
            height: self.viewport.height,
            total: self.heights.total(),
        }
    }

    /// Jumps to the previous or next message of the person.
    pub fn jump_prompt(&mut self, forward: bool) {
        let here = self.viewport.visible.first().copied().unwrap_or_default();
        let is_prompt =
            |index: &usize| self.entries.get(*index).is_some_and(|entry| matches!(entry.cell, Cell::User(_)));
        let target = if forward {
            (here.entry + 1..self.entries.len()).find(is_prompt)
        } else {
            let start = here.entry + usize::from(here.row > 1);
            (0..start.min(self.entries.len())).rev().find(is_prompt)
        };
        match target {
            Some(entry) => self.leave_end(Place { entry, row: 0 }),
            None if forward => self.viewport.is_following = true,
            None => {}
        }
    }

    pub(super) fn leave_end(&mut self, top: Place) {
        if self.viewport.is_following {
            self.viewport.seen = self.entries.len();
        }
        self.viewport.is_following = false;
        self.viewport.top = top;
        self.viewport.lead = 0;
    }

    /// Lays out an entry; its height.
    pub(super) fn measure(&mut self, index: usize) -> usize {
        let (width, now_ms) = (self.viewport.width, self.viewport.now_ms);
        let has_details = self.has_details;
        let Some(entry) = self.entries.get_mut(index) else { return 0 };
        if !entry.is_laid_out() {
            self.laid_out.push(index);
        }
        entry.lay_out(width, has_details, now_ms);
        let height = entry.height();
        self.heights.set(index, height);
        height
    }

    fn up(&mut self, mut place: Place, mut rows: usize) -> Place {
        while rows > place.row {
            if place.entry == 0 {
                return Place::default();
            }
            rows -= place.row;
            place.entry -= 1;
            place.row = self.measure(place.entry);
        }
        Place { row: place.row - rows, ..place }
    }

    fn down(&mut self, mut place: Place, rows: usize) -> Place {
        place.row += rows;
        while place.entry < self.entries.len() {
            let height = self.measure(place.entry);
            if place.row < height {
                return place;
            }
            place = Place { entry: place.entry + 1, row: place.row - height };
        }
        place
    }

    fn fill_from_top(&mut self) {
        let lead = std::mem::take(&mut self.viewport.lead);
        self.viewport.top = self.up(self.viewport.top, lead);
        let mut visible = Vec::with_capacity(self.viewport.height);
        let mut place = self.viewport.top;
        while place.entry < self.entries.len() && visible.len() <= self.viewport.height {
            let height = self.measure(place.entry);
            let wanted = self.viewport.height + 1 - visible.len();
            visible.extend((place.row..height).take(wanted).map(|row| Place { row, ..place }));
            place = Place { entry: place.entry + 1, row: 0 };
        }
        // Nothing below the last row of the view: it stands at the end again.
        self.viewport.is_following = visible.len() <= self.viewport.height;
        visible.truncate(self.viewport.height);
        self.viewport.visible = visible;
    }

    fn fill_from_end(&mut self) {
        let mut visible = Vec::with_capacity(self.viewport.height);
        for entry in (self.viewport.first..self.entries.len()).rev() {
            if visible.len() >= self.viewport.height {
                break;
            }
            let height = self.measure(entry);
            let wanted = self.viewport.height - visible.len();
            let unprinted = self.printed_rows(entry)..height;
            visible.extend(unprinted.rev().take(wanted).map(|row| Place { entry, row }));
        }
        visible.reverse();
        self.viewport.top = visible.first().copied().unwrap_or_default();
        self.viewport.visible = visible;
    }
}
