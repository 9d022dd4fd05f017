//! Who gets a key: tree, overlay, popup, approval card, mission card, composer, everywhere; the first that has a use for it.

use super::{App, Effect, Purpose};
use crate::keymap::{Chord, GlobalKey, WritingKey};
use crate::transcript_pane::Scroll;

impl App {
    pub(super) fn key(&mut self, chord: Chord) -> Vec<Effect> {
        let global = self.config.keymap.find::<GlobalKey>(chord);
        if self.tree.is_some() {
            return self.tree_key(chord, global);
        }
        if self.overlay.is_some() {
            return self.overlay_key(chord, global);
        }
        if let Some(effects) = self.popup_key(chord) {
            return effects;
        }
        if self.is_approving() {
            let taken = self.approval_key(chord);
            return taken.unwrap_or_else(|| global.map_or_else(Vec::new, |key| self.global(key)));
        }
        if self.form.is_none()
            && self.mission_in_front().is_some()
            && let Some(effects) = self.mission_key(chord)
        {
            return effects;
        }
        if let Some(effects) = self.choose_option(chord.typed()) {
            return effects;
        }
        if self.composer.is_empty()
            && let Some(effects) = self.key_on_empty_line(chord)
        {
            return effects;
        }
        if let Some(key) = global {
            return self.global(key);
        }
        match self.config.keymap.find::<WritingKey>(chord) {
            Some(key) => self.write(key),
            None => chord.typed().map_or_else(Vec::new, |character| self.type_character(character)),
        }
    }

    /// Keys that mean something else while nothing is written.
    fn key_on_empty_line(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        if self.purpose() != Purpose::Message {
            return None;
        }
        if chord.typed() == Some('?') {
            self.open_help();
            return Some(Vec::new());
        }
        let key = self.config.keymap.find::<WritingKey>(chord).filter(|_| !self.config.is_inline)?;
        let ends = [(WritingKey::LineStart, Scroll::Top), (WritingKey::LineEnd, Scroll::End)];
        let (_, scroll) = ends.into_iter().find(|(end, _)| *end == key)?;
        self.pane.scroll(scroll);
        Some(Vec::new())
    }

    fn type_character(&mut self, character: char) -> Vec<Effect> {
        self.history.stay();
        self.composer.type_character(character);
        self.refresh_popup()
    }
}
