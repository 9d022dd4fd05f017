//! Undo and redo: states of the text, one for each step a person would call one.

use super::{Composer, Draft};

/// States kept; more than anyone takes back.
const KEPT: usize = 200;

/// What a change is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    /// A change of its own.
    #[default]
    Other,
    /// Characters typed in a row.
    Typing,
    /// Characters deleted in a row.
    Deleting,
}

/// What can be taken back, and brought again.
#[derive(Clone, Debug, Default)]
pub(super) struct Undo {
    past: Vec<Draft>,
    future: Vec<Draft>,
    step: Step,
}

impl Composer {
    /// Begins a change which stands alone.
    pub(super) fn checkpoint(&mut self) {
        self.begin(Step::Other);
    }

    /// Begins a change; one that goes on with a row of the same kind makes no new state.
    pub(super) fn begin(&mut self, step: Step) {
        self.goal = None;
        let goes_on = step != Step::Other && step == self.undo.step;
        self.undo.step = step;
        self.undo.future.clear();
        if goes_on {
            return;
        }
        if self.undo.past.len() == KEPT {
            self.undo.past.remove(0);
        }
        self.undo.past.push(self.draft());
    }

    /// Ends a row of typed or deleted characters, as any motion does.
    pub(super) fn end_row(&mut self) {
        self.undo.step = Step::Other;
    }

    /// Takes the last step back.
    pub(crate) fn undo(&mut self) {
        if let Some(earlier) = self.undo.past.pop() {
            self.undo.future.push(self.draft());
            self.take_up(earlier);
            self.end_row();
        }
    }

    /// Makes a step again that was taken back.
    pub(crate) fn redo(&mut self) {
        if let Some(later) = self.undo.future.pop() {
            self.undo.past.push(self.draft());
            self.take_up(later);
            self.end_row();
        }
    }
}
