//! The transcript on the screen: retained cells, folded from records and deltas, laid out and drawn lazily.
//!
//! *Invariants:* `draw` never mutates; layout happens in [`TranscriptPane::prepare`]. Positions are kept as
//! (cell, row) and (cell, source byte), never as screen rows, so nothing jumps when something grows.

mod scroll;
mod select;

pub use scroll::Scroll;
pub use select::{SelectBy, SelectFrom};

use headwater_protocol::{Delta, Record};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::Theme;

/// The retained transcript with its view: scroll position, selection, search.
#[derive(Debug, Default)]
pub struct TranscriptPane {}

/// How far the linear output has come: opaque, starts at the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlainCursor {}

impl TranscriptPane {
    /// Takes in a durable fact.
    pub fn apply_record(&mut self, _record: &Record) {}

    /// Takes in a passing event; `now_ms` is milliseconds of a clock that never goes back, the same for all
    /// calls (elapsed times and spinners come from it).
    pub fn apply_delta(&mut self, _delta: &Delta, _now_ms: u64) {}

    /// Lays out what `draw` will show; call before each draw with the size of the pane.
    pub fn prepare(&mut self, _area: Rect, _now_ms: u64) {}

    /// Draws what was prepared, the note about new cells below included.
    pub fn draw(&self, _area: Rect, _buf: &mut Buffer, _theme: &Theme) {}

    /// Whether a spinner or a running clock is visible: only then frames are needed by themselves.
    pub fn wants_animation(&self) -> bool {
        false
    }

    /// Moves the view; reaching the end resumes following.
    pub fn scroll(&mut self, _scroll: Scroll) {}

    /// Whether the view sticks to the end.
    pub fn is_following(&self) -> bool {
        true
    }

    /// Cells that came while the view stood elsewhere; `draw` shows it as `↓ 3 new · End to follow`.
    pub fn new_below(&self) -> usize {
        0
    }

    /// Jumps to the previous or next message of the person.
    pub fn jump_prompt(&mut self, _forward: bool) {}

    /// Folds or unfolds everything: thinking, whole outputs (Ctrl+O).
    pub fn toggle_details(&mut self) {}

    /// Folds or unfolds the cell at a place of the pane (a click on its head); whether there was one.
    pub fn toggle_at(&mut self, _column: u16, _row: u16) -> bool {
        false
    }

    /// Begins a selection at a place of the pane (column and row relative to its area): by character, word
    /// (double click) or source line (triple click).
    pub fn select_from(&mut self, _from: SelectFrom) {}

    /// Extends the selection to a place of the pane.
    pub fn select_to(&mut self, _column: u16, _row: u16) {}

    /// Drops the selection.
    pub fn clear_selection(&mut self) {}

    /// The selected source text: logical lines, no gutters. `None` when nothing is selected.
    pub fn copy_text(&mut self) -> Option<String> {
        None
    }

    /// The n-th code block of the transcript counted from the newest, from 1, without its fence.
    pub fn code_block(&self, _nth: usize) -> Option<String> {
        None
    }

    /// The source of the newest answer of the model.
    pub fn last_answer(&self) -> Option<String> {
        None
    }

    /// Searches the source texts, smart case; `u:`, `a:`, `t:`, `k:` before the words keep to the person, answers,
    /// tools, thinking. Shows the newest hit and says how many there are. An empty query ends the search.
    pub fn search(&mut self, _query: &str) -> usize {
        0
    }

    /// Goes to the next hit above (`false`) or below (`true`).
    pub fn search_next(&mut self, _forward: bool) {}

    /// The finished lines since `cursor`, which moves on: for `--plain` and for printing on exit. No boxes, no
    /// spinners; an answer that is still coming gives its complete lines.
    pub fn plain_lines_since(&self, _cursor: &mut PlainCursor) -> Vec<String> {
        Vec::new()
    }
}
