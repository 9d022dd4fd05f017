//! The composer: the text being written, with its cursor, its pastes folded into chips, and undo.
//!
//! *Invariant:* the cursor stands between clusters; a folded paste is one private-use character of the text, so
//! that every motion and deletion takes it whole.

mod cluster;
mod edit;
mod history;
mod layout;
mod motion;
mod undo;

#[cfg(test)]
mod tests;

pub(crate) use history::{History, Recall, from_file, to_line};
pub(crate) use motion::Motion;

use std::borrow::Cow;

use cluster::Chip;
use undo::Undo;

/// The text being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Composer {
    text: String,
    cursor: usize,
    /// Pastes of this message; the n-th is written as the n-th character of a private-use plane.
    chips: Vec<Chip>,
    undo: Undo,
    /// What was cut last.
    cut: String,
    /// The column that vertical motions aim at.
    goal: Option<usize>,
}

/// A text put aside, to be taken up again in the same composer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    text: String,
    cursor: usize,
}

impl Composer {
    /// The text with every chip in place of its paste; for looking at, never for sending.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text before the cursor.
    pub(crate) fn before_cursor(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    /// The text to send: chips expanded.
    pub(crate) fn expanded(&self) -> String {
        let mut whole = String::with_capacity(self.text.len());
        for character in self.text.chars() {
            match self.chip(character) {
                Some(chip) => whole.push_str(&chip.text),
                None => whole.push(character),
            }
        }
        whole
    }

    /// Takes the text to send and begins a new one.
    pub(crate) fn take(&mut self) -> String {
        let whole = self.expanded();
        *self = Self { cut: std::mem::take(&mut self.cut), ..Self::default() };
        whole
    }

    /// Replaces the text in one undoable step; the cursor goes to the end.
    pub(crate) fn set(&mut self, text: &str) {
        self.checkpoint();
        self.text = edit::clean(text).into_owned();
        self.cursor = self.text.len();
    }

    /// Puts the text aside and leaves the composer empty.
    pub(crate) fn put_aside(&mut self) -> Draft {
        let draft = self.draft();
        self.text.clear();
        self.cursor = 0;
        self.goal = None;
        draft
    }

    /// A copy of the text, to come back to.
    pub(crate) fn draft(&self) -> Draft {
        Draft { text: self.text.clone(), cursor: self.cursor }
    }

    /// Takes up a text which was put aside.
    pub(crate) fn take_up(&mut self, draft: Draft) {
        self.text = draft.text;
        self.cursor = draft.cursor.min(self.text.len());
        self.goal = None;
    }

    /// What a cluster looks like: a chip by its label, a tab as spaces, nothing a terminal would obey.
    pub(crate) fn shown<'a>(&'a self, cluster: &'a str) -> Cow<'a, str> {
        match cluster.chars().next().and_then(|first| self.chip(first)) {
            Some(chip) => Cow::Borrowed(&chip.label),
            None => cluster::shown(cluster),
        }
    }

    fn chip(&self, character: char) -> Option<&Chip> {
        cluster::chip_index(character).and_then(|index| self.chips.get(index))
    }
}
