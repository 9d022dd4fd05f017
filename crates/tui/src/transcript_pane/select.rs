//! Selecting source text by places of the screen.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::TranscriptPane;

/// What a selection grows by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectBy {
    /// Characters: click and drag.
    #[default]
    Character,
    /// Words: double click.
    Word,
    /// Source lines: triple click.
    Line,
}

/// Where and how a selection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectFrom {
    /// Column in the pane, from 0.
    pub column: u16,
    /// Row in the pane, from 0.
    pub row: u16,
    /// What it grows by.
    pub by: SelectBy,
}

/// A byte of a cell's source.
type Position = (usize, usize);

/// What is selected: from one unit (character, word, line) to another, both included.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    by: SelectBy,
    from: (Position, Position),
    to: (Position, Position),
    /// Whether it is more than a click.
    is_drawn: bool,
}

impl Selection {
    fn range(&self) -> Option<(Position, Position)> {
        let start = self.from.0.min(self.to.0);
        let end = self.from.1.max(self.to.1);
        (self.is_drawn && start < end).then_some((start, end))
    }
}

impl TranscriptPane {
    /// Begins a selection at a place of the pane.
    pub fn select_from(&mut self, from: SelectFrom) {
        let unit = self.unit_at(from.column, from.row, from.by);
        self.selection = unit.map(|unit| Selection {
            by: from.by,
            from: unit,
            to: unit,
            is_drawn: from.by != SelectBy::Character,
        });
    }

    /// Extends the selection to a place of the pane.
    pub fn select_to(&mut self, column: u16, row: u16) {
        let Some(by) = self.selection.as_ref().map(|selection| selection.by) else { return };
        let unit = self.unit_at(column, row, by);
        if let (Some(unit), Some(selection)) = (unit, &mut self.selection) {
            selection.is_drawn |= unit != selection.from;
            selection.to = unit;
        }
    }

    /// Drops the selection.
    pub fn clear_selection(&mut self) {
        self.selection = None;
    }

    /// Whether anything is selected.
    pub fn has_selection(&self) -> bool {
        self.selection.as_ref().is_some_and(|selection| selection.range().is_some())
    }

    /// The selected source text: logical lines, no gutters. `None` when nothing is selected.
    pub fn copy_text(&mut self) -> Option<String> {
        let (start, end) = self.selection.as_ref()?.range()?;
        let mut texts = Vec::new();
        for index in start.0..=end.0 {
            self.measure(index);
            let text =
                self.selected_in(index).map(|range| self.shown_text(index, &range)).unwrap_or_default();
            if !text.is_empty() {
                texts.push(text);
            }
        }
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// The selected bytes of a cell's source.
    pub(super) fn selected_in(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = self.selection.as_ref()?.range()?;
        if !(start.0..=end.0).contains(&index) {
            return None;
        }
        let from = if index == start.0 { start.1 } else { 0 };
        let to = if index == end.0 { end.1 } else { usize::MAX };
        (from < to).then_some(from..to)
    }

    /// The part of a cell's source within a range that its rows show; what is folded away is not copied.
    fn shown_text(&self, index: usize, range: &Range<usize>) -> String {
        let Some(entry) = self.entries.get(index) else { return String::new() };
        let source = entry.cell.view().source();
        let mut stretches: Vec<Range<usize>> = Vec::new();
        for row in entry.rows() {
            let Some(shown) = row.source() else { continue };
            let cut = shown.start.max(range.start)..shown.end.min(range.end);
            if cut.is_empty() {
                continue;
            }
            match stretches.last_mut() {
                Some(last) if !row.is_after_fold && last.end <= cut.start => last.end = cut.end,
                _ => stretches.push(cut),
            }
        }
        let texts: Vec<&str> = stretches.into_iter().filter_map(|stretch| source.get(stretch)).collect();
        texts.join("\n")
    }

    /// The character, word or line under a place of the pane, as a range of positions.
    fn unit_at(&self, column: u16, row: u16, by: SelectBy) -> Option<(Position, Position)> {
        let (index, offset) = self.position_at(column, row)?;
        let source = self.entries.get(index)?.cell.view().source();
        let range = match by {
            SelectBy::Character => character_at(source, offset),
            SelectBy::Word => word_at(source, offset),
            SelectBy::Line => line_at(source, offset),
        };
        Some(((index, range.start), (index, range.end)))
    }

    /// The position under a place of the pane; beside the text, the nearest one above.
    fn position_at(&self, column: u16, row: u16) -> Option<Position> {
        let last = self.viewport.visible.len().checked_sub(1)?;
        let row = usize::from(row);
        let is_below = row > last;
        let candidates = self.viewport.visible.iter().take(row.min(last) + 1).rev().enumerate();
        for (distance, place) in candidates {
            let Some(entry) = self.entries.get(place.entry) else { continue };
            let content = place.row.checked_sub(entry.margin()).and_then(|row| entry.rows().get(row));
            let column = if distance == 0 && !is_below { usize::from(column) } else { usize::MAX };
            let source = entry.cell.view().source();
            if let Some(offset) = content.and_then(|content| content.offset_at(column, source)) {
                return Some((place.entry, offset));
            }
        }
        self.viewport.visible.first().map(|place| (place.entry, 0))
    }
}

fn character_at(source: &str, offset: usize) -> Range<usize> {
    let cluster = source.get(offset..).and_then(|rest| rest.graphemes(true).next()).unwrap_or_default();
    let length = if cluster == "\n" { 0 } else { cluster.len() };
    offset..offset + length
}

/// A word as people mean it in a terminal: paths, flags and identifiers are one.
fn word_at(source: &str, offset: usize) -> Range<usize> {
    let is_part = |c: char| !c.is_whitespace() && !"()[]{}<>\"'`,;|│".contains(c);
    let (before, after) = source.split_at_checked(offset).unwrap_or((source, ""));
    let end = offset + after.find(|c| !is_part(c)).unwrap_or(after.len());
    let start = before
        .rfind(|c| !is_part(c))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    if end > offset { start..end } else { character_at(source, offset) }
}

fn line_at(source: &str, offset: usize) -> Range<usize> {
    let (before, after) = source.split_at_checked(offset).unwrap_or((source, ""));
    let start = before.rfind('\n').map_or(0, |feed| feed + 1);
    start..offset + after.find('\n').unwrap_or(after.len())
}
