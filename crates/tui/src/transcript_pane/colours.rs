//! Colours of code come from elsewhere, and rows that nobody sees are let go.

use super::TranscriptPane;
use crate::highlight::{HighlightJob, Highlighted, MOST_BYTES};

/// Entries whose rows are kept at most.
const MOST_LAID_OUT: usize = 512;
/// Entries beside the visible ones whose rows are kept when others go.
const NEAR: usize = 64;

impl TranscriptPane {
    /// The blocks of code that are in view, or about to be printed, and whose colours were not asked for yet; each is
    /// handed out once.
    pub fn take_highlight_jobs(&mut self) -> Vec<HighlightJob> {
        let mut visible: Vec<usize> = self.viewport.visible.iter().map(|place| place.entry).collect();
        visible.dedup();
        let mut jobs = std::mem::take(&mut self.jobs);
        for index in visible {
            jobs.extend(self.jobs_of(index));
        }
        jobs
    }

    /// The blocks of code of a cell whose colours were not asked for yet.
    pub(super) fn jobs_of(&mut self, index: usize) -> Vec<HighlightJob> {
        let Some(entry) = self.entries.get_mut(index) else { return Vec::new() };
        let blocks = entry.code_blocks();
        let new = blocks.get(entry.coloured..).unwrap_or_default();
        let source = entry.cell.view().source();
        let wanted = new.iter().filter(|block| {
            let bytes: usize = block.pieces.iter().map(ExactSizeIterator::len).sum();
            !block.language.is_empty() && bytes <= MOST_BYTES
        });
        let jobs: Vec<HighlightJob> = wanted
            .map(|block| HighlightJob {
                cell: Self::id_of(index),
                language: block.language.clone(),
                code: block.content(source),
                pieces: block.pieces.clone(),
            })
            .collect();
        entry.coloured = blocks.len();
        entry.uncoloured += jobs.len();
        jobs
    }

    /// Takes in the colours of a block; the next draw shows them.
    pub fn apply_highlight(&mut self, highlighted: Highlighted) {
        let index = usize::try_from(highlighted.cell.0).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(index) {
            entry.uncoloured = entry.uncoloured.saturating_sub(1);
            entry.colours.extend(highlighted.marks);
            entry.colours.sort_by_key(|mark| mark.range.start);
        }
    }

    /// Lets go of rows far from the view, so that memory follows the text and not its layout.
    pub(super) fn forget_far_rows(&mut self) {
        if self.laid_out.len() <= MOST_LAID_OUT {
            return;
        }
        let first = self.viewport.visible.first().map_or(0, |place| place.entry).saturating_sub(NEAR);
        let last = self.viewport.visible.last().map_or(0, |place| place.entry).saturating_add(NEAR);
        for index in std::mem::take(&mut self.laid_out) {
            if (first..=last).contains(&index) {
                self.laid_out.push(index);
            } else if let Some(entry) = self.entries.get_mut(index) {
                entry.forget(false);
            }
        }
    }
}
