//! The mouse: the wheel scrolls, dragging selects source text, a click folds or unfolds.

use std::time::{Duration, Instant};

use super::{App, Effect};
use crate::transcript_pane::{Scroll, SelectBy, SelectFrom};
use crate::view;

/// Rows that one notch of the wheel scrolls.
const NOTCH: i32 = 3;
/// Clicks closer together than this are one double or triple click.
const DOUBLE: Duration = Duration::from_millis(400);

/// What the mouse did, at a column and row of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MouseInput {
    /// The wheel went up or down.
    Wheel {
        /// Towards the end of the transcript.
        is_down: bool,
    },
    /// The left button went down.
    Press {
        /// Column of the screen.
        column: u16,
        /// Row of the screen.
        row: u16,
    },
    /// The mouse moved with the button down.
    Drag {
        /// Column of the screen.
        column: u16,
        /// Row of the screen.
        row: u16,
    },
    /// The left button went up.
    Release,
}

/// The last press, to tell clicks, double clicks and drags apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Press {
    /// Place in the transcript pane; `None` when it was pressed elsewhere.
    at: Option<(u16, u16)>,
    when: Option<Instant>,
    count: u32,
    is_drag: bool,
}

impl App {
    pub(super) fn mouse(&mut self, input: MouseInput) -> Vec<Effect> {
        match input {
            MouseInput::Wheel { is_down } => self.wheel(if is_down { NOTCH } else { -NOTCH }),
            MouseInput::Press { column, row } => self.press(column, row),
            MouseInput::Drag { column, row } => self.drag(column, row),
            MouseInput::Release => return self.release(),
        }
        Vec::new()
    }

    fn wheel(&mut self, rows: i32) {
        match (&mut self.tree, &mut self.overlay) {
            (Some(tree), _) => tree.step(rows),
            (None, Some(overlay)) => overlay.scroll(rows),
            (None, None) => self.pane.scroll(Scroll::Lines(rows)),
        }
    }

    fn press(&mut self, column: u16, row: u16) {
        let pane = view::areas(self).transcript;
        let is_inside = !self.has_page() && pane.contains((column, row).into());
        let at = is_inside.then(|| (column - pane.x, row - pane.y));
        let is_again = self.press.at == at && self.press.when.is_some_and(|when| self.now - when < DOUBLE);
        let count = if is_again { self.press.count % 3 + 1 } else { 1 };
        self.press = Press { at, when: Some(self.now), count, is_drag: count > 1 };
        let Some((column, row)) = at else { return self.pane.clear_selection() };
        let by = match count {
            1 => SelectBy::Character,
            2 => SelectBy::Word,
            _ => SelectBy::Line,
        };
        self.pane.select_from(SelectFrom { column, row, by });
    }

    fn drag(&mut self, column: u16, row: u16) {
        if self.press.at.is_none() {
            return;
        }
        self.press.is_drag = true;
        let pane = view::areas(self).transcript;
        let inside = |value: u16, start: u16, size: u16| value.clamp(start, start + size.max(1) - 1) - start;
        self.pane.select_to(inside(column, pane.x, pane.width), inside(row, pane.y, pane.height));
    }

    /// What was selected is copied; a plain click folds or unfolds what is under it.
    fn release(&mut self) -> Vec<Effect> {
        let Some((column, row)) = self.press.at else { return Vec::new() };
        if self.press.is_drag {
            return self.pane.copy_text().map(Effect::Copy).into_iter().collect();
        }
        self.pane.clear_selection();
        self.pane.toggle_at(column, row);
        Vec::new()
    }
}
