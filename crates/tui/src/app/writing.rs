//! What the keys of the composer do.

use headwater_protocol::Op;

use super::{App, Effect};
use crate::composer::{Motion, Recall};
use crate::keymap::WritingKey;
use crate::popups::Popup;
use crate::view;

impl App {
    pub(super) fn write(&mut self, key: WritingKey) -> Vec<Effect> {
        let composer = &mut self.composer;
        match key {
            WritingKey::Send => return self.submit(),
            WritingKey::HistorySearch => return self.search_history(),
            WritingKey::Editor => return vec![Effect::OpenEditor(composer.expanded())],
            WritingKey::Up => return self.row_up(),
            WritingKey::Down => return self.row_down(),
            WritingKey::Left => composer.go(Motion::Left),
            WritingKey::Right => composer.go(Motion::Right),
            WritingKey::WordLeft => composer.go(Motion::WordLeft),
            WritingKey::WordRight => composer.go(Motion::WordRight),
            WritingKey::LineStart => composer.go(Motion::LineStart),
            WritingKey::LineEnd => composer.go(Motion::LineEnd),
            WritingKey::Newline => composer.newline(),
            WritingKey::DeleteBack => composer.delete_back(),
            WritingKey::DeleteForward => composer.delete_forward(),
            WritingKey::DeleteWordBack => composer.cut_to(composer.target(Motion::WordLeft)),
            WritingKey::DeleteWordForward => composer.cut_to(composer.target(Motion::WordRight)),
            WritingKey::KillToEnd => composer.cut_to(composer.target(Motion::LineEnd)),
            WritingKey::KillToStart => composer.cut_to(composer.target(Motion::LineStart)),
            WritingKey::Yank => composer.yank(),
            WritingKey::Undo => composer.undo(),
            WritingKey::Redo => composer.redo(),
        }
        self.history.stay();
        self.refresh_popup()
    }

    fn search_history(&mut self) -> Vec<Effect> {
        self.popup = Some(Popup::history(&self.history));
        Vec::new()
    }

    /// One row up; from the first one, the question scrolls, or queued messages come back, then earlier ones.
    fn row_up(&mut self) -> Vec<Effect> {
        if self.composer.go_row(false, view::composer_width(self)) {
            return Vec::new();
        }
        if !self.queue.is_empty() && self.composer.is_empty() {
            return vec![Effect::Send(Op::Unqueue)];
        }
        if self.is_answering() {
            self.scroll_question(-1);
        } else if self.form.is_none() {
            let recalled = self.history.older(self.composer.draft());
            self.recall(recalled);
        }
        Vec::new()
    }

    /// One row down; from the last one, the question scrolls, or later messages come.
    fn row_down(&mut self) -> Vec<Effect> {
        if self.composer.go_row(true, view::composer_width(self)) {
            return Vec::new();
        }
        if self.is_answering() {
            self.scroll_question(1);
        } else {
            let recalled = self.history.newer();
            self.recall(recalled);
        }
        Vec::new()
    }

    /// Whether the composer holds an answer to a question, which has no history.
    fn is_answering(&self) -> bool {
        self.form.is_none() && !self.questions.is_empty()
    }

    fn recall(&mut self, recalled: Option<Recall>) {
        match recalled {
            Some(Recall::Entry(text)) => self.composer.set(&text),
            Some(Recall::Draft(draft)) => self.composer.take_up(draft),
            None => {}
        }
    }
}
