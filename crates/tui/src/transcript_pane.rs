//! The transcript on the screen: retained cells, folded from records and deltas, laid out and drawn lazily.
//!
//! Each frame: apply what came, [`TranscriptPane::prepare`], hand [`TranscriptPane::take_highlight_jobs`] to the
//! highlighter, [`TranscriptPane::draw`].
//!
//! *Invariants:* `draw` never mutates; layout happens in `prepare`. Positions are kept as (cell, row) and
//! (cell, source byte), never as screen rows, so nothing jumps when something grows. Cells keep their place: the
//! id of a cell is its index.

mod colours;
mod contract;
mod deltas;
mod draw;
mod entry;
mod heights;
mod hooks;
mod inline;
mod missions;
mod places;
mod plain;
mod records;
mod rewinds;
mod scroll;
mod search;
mod select;
mod streaming;
mod subagents;

pub use inline::Printing;
pub use plain::PlainCursor;
pub use scroll::{Scroll, ScrollPosition};
pub use select::{SelectBy, SelectFrom};

use std::collections::HashMap;

use headwater_protocol::{CallId, ToolCall};

use crate::cells::{Cell, CellId, CellView};
use crate::highlight::HighlightJob;
use entry::Entry;
use heights::Heights;
use missions::MissionTrail;
use rewinds::Trail;
use scroll::Viewport;
use search::Search;
use select::Selection;
use streaming::Streaming;

/// The retained transcript with its view: scroll position, selection, search.
#[derive(Debug, Default)]
pub struct TranscriptPane {
    entries: Vec<Entry>,
    /// Rows of each entry: measured ones, and estimates of those never shown at this width.
    heights: Heights,
    /// Entries of the calls without a result.
    calls: HashMap<CallId, usize>,
    /// Those calls as the model asked for them.
    requests: HashMap<CallId, ToolCall>,
    /// Entries of the approvals without an answer.
    approvals: HashMap<CallId, usize>,
    /// Where one can go back to.
    trail: Trail,
    /// What is shown of the mission that was proposed last.
    mission: MissionTrail,
    streaming: Streaming,
    /// What hooks want to be drawn for the texts of the answer whose record comes next.
    drawn: Option<Vec<String>>,
    /// Entries with rows, in the order in which they got them.
    laid_out: Vec<usize>,
    viewport: Viewport,
    /// Blocks of code outside of the view that want colours.
    jobs: Vec<HighlightJob>,
    /// Whether details are unfolded everywhere.
    has_details: bool,
    selection: Option<Selection>,
    search: Option<Search>,
}

impl TranscriptPane {
    /// Whether a spinner or a running clock is visible: only then frames are needed by themselves.
    pub fn wants_animation(&self) -> bool {
        let visible = self.viewport.visible.iter().filter_map(|place| self.entries.get(place.entry));
        visible.map(|entry| entry.cell.view()).any(CellView::is_animated)
    }

    /// Whether nobody has said anything yet: there are notices at most.
    pub fn is_fresh(&self) -> bool {
        self.entries.iter().all(|entry| matches!(entry.cell, Cell::Notice(_)))
    }

    /// Rows of the view that show something.
    pub fn shown_rows(&self) -> usize {
        self.viewport.visible.len()
    }

    /// Folds or unfolds everything: thinking, whole outputs (Ctrl+O).
    pub fn toggle_details(&mut self) {
        self.keep_place(|pane| {
            pane.has_details = !pane.has_details;
            for entry in &mut pane.entries {
                entry.fold = None;
            }
        });
    }

    /// Folds or unfolds the cell at a place of the pane (a click on its head); whether there was one.
    pub fn toggle_at(&mut self, _column: u16, row: u16) -> bool {
        let Some(place) = self.viewport.visible.get(usize::from(row)).copied() else { return false };
        let has_details = self.has_details;
        let Some(entry) = self.entries.get_mut(place.entry).filter(|entry| place.row == entry.margin())
        else {
            return false;
        };
        entry.fold = Some(!entry.fold.unwrap_or(has_details));
        self.viewport.stay_at(place, usize::from(row));
        true
    }

    /// The n-th block of code counted from the newest, from 1, without its fence.
    pub fn code_block(&self, nth: usize) -> Option<String> {
        let mut left = nth.checked_sub(1)?;
        for source in self.answers() {
            let blocks = crate::markdown::code_blocks(source);
            match blocks.len().checked_sub(left + 1) {
                Some(index) => return blocks.get(index).map(|block| block.content(source)),
                None => left -= blocks.len(),
            }
        }
        None
    }

    /// The source of the newest answer of the model.
    pub fn last_answer(&self) -> Option<String> {
        self.answers().next().map(|source| source.trim_end().to_owned())
    }

    /// The answers of the model, newest first.
    fn answers(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().rev().filter(|entry| !entry.is_hidden).filter_map(|entry| match &entry.cell {
            Cell::Assistant(answer) if !answer.is_empty() => Some(entry.cell.view().source()),
            _other => None,
        })
    }

    /// Appends a cell; its index.
    fn push(&mut self, cell: impl Into<Cell>) -> usize {
        let index = self.entries.len();
        let entry = Entry::new(cell.into(), index > 0, self.last_stands_apart());
        self.heights.push(entry.estimate(self.viewport.width));
        self.entries.push(entry);
        index
    }

    /// Whether the newest visible cell parts itself from what follows.
    fn last_stands_apart(&self) -> bool {
        self.last_shown().is_some_and(|entry| entry.cell.view().stands_apart())
    }

    fn last_shown(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| !entry.is_hidden)
    }

    /// Changes a cell and marks it so.
    fn change<T>(&mut self, index: usize, change: impl FnOnce(&mut Cell) -> T) -> Option<T> {
        self.entries.get_mut(index).map(|entry| {
            entry.revision += 1;
            change(&mut entry.cell)
        })
    }

    /// The id of the cell at an index.
    fn id_of(index: usize) -> CellId {
        CellId(u64::try_from(index).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
