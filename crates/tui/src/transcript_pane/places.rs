//! From bytes of a source to rows and back: what keeps its place while rows change.

use super::TranscriptPane;
use super::scroll::Place;
use crate::text::Row;

impl TranscriptPane {
    /// Shows a byte of a cell's source a third down the view, unfolding the cell when it is hidden in a fold.
    pub(super) fn reveal(&mut self, entry: usize, offset: usize) {
        let mut row = self.row_of(entry, offset);
        let is_hidden = !row.is_some_and(|row| self.shows(entry, row, offset));
        if let Some(target) = self.entries.get_mut(entry).filter(|_| is_hidden) {
            target.fold = Some(true);
            row = self.row_of(entry, offset);
        }
        self.leave_end(Place { entry, row: row.unwrap_or_default() });
        self.viewport.lead = self.viewport.height / 3;
    }

    /// Does something that changes heights without moving the row at the top of the view.
    pub(super) fn keep_place(&mut self, change: impl FnOnce(&mut Self)) {
        let top = self.viewport.visible.first().copied().filter(|_| !self.viewport.is_following);
        let offset = top.and_then(|place| self.offset_of(place));
        change(self);
        if let (Some(place), Some(offset)) = (top, offset) {
            self.viewport.top.row = self.row_of(place.entry, offset).unwrap_or_default();
        }
    }

    /// The source byte at a row.
    pub(super) fn offset_of(&self, place: Place) -> Option<usize> {
        let entry = self.entries.get(place.entry)?;
        let rows = entry.rows().iter().skip(place.row.saturating_sub(entry.margin()));
        rows.filter_map(Row::source).map(|range| range.start).next()
    }

    /// The row of an entry where a source byte stands, or the first one after it.
    pub(super) fn row_of(&mut self, index: usize, offset: usize) -> Option<usize> {
        self.measure(index);
        let entry = self.entries.get(index)?;
        let ends_after = |row: &Row| row.source().is_some_and(|range| range.end > offset);
        entry.rows().iter().position(ends_after).map(|row| row + entry.margin())
    }

    fn shows(&self, index: usize, row: usize, offset: usize) -> bool {
        let Some(entry) = self.entries.get(index) else { return false };
        let row = row.checked_sub(entry.margin()).and_then(|row| entry.rows().get(row));
        row.and_then(Row::source).is_some_and(|range| range.contains(&offset))
    }
}
