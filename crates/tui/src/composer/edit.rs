//! Changing the text. Every change can be undone; typing within a word is one step.

use std::borrow::Cow;

use super::Composer;
use super::cluster::{Chip, chip_character, chip_index};
use super::undo::Step;

/// A paste with more lines than this becomes a chip (SCREEN, "Paste").
const CHIP_LINES: usize = 10;
/// A paste with more characters than this becomes a chip (SCREEN, "Paste").
const CHIP_CHARACTERS: usize = 1_000;

impl Composer {
    /// Types one character.
    pub(crate) fn type_character(&mut self, character: char) {
        if character.is_control() || chip_index(character).is_some() {
            return;
        }
        let step = if character.is_whitespace() { Step::Other } else { Step::Typing };
        self.begin(step);
        self.text.insert(self.cursor, character);
        self.cursor += character.len_utf8();
    }

    /// Begins a new line.
    pub(crate) fn newline(&mut self) {
        self.insert("\n");
    }

    /// Turns a backslash before the cursor at the end of the text into a new line; whether there was one.
    pub(crate) fn continue_line(&mut self) -> bool {
        let continues = self.cursor == self.text.len() && self.text.ends_with('\\');
        if continues {
            self.checkpoint();
            self.text.pop();
            self.text.push('\n');
            self.cursor = self.text.len();
        }
        continues
    }

    /// Inserts a text as it is, in one undoable step.
    pub(crate) fn insert(&mut self, text: &str) {
        self.checkpoint();
        self.insert_here(&clean(text));
    }

    /// Pastes: line ends are made one, and what is long is folded into a chip. Pasting the same again right
    /// behind its chip unfolds it.
    pub(crate) fn paste(&mut self, text: &str) {
        let text = clean(text);
        let lines = text.lines().count();
        let is_long = lines > CHIP_LINES || text.chars().nth(CHIP_CHARACTERS).is_some();
        self.checkpoint();
        if self.unfold_before_cursor(&text) || !is_long {
            return self.insert_here(&text);
        }
        let number = self.chips.len() + 1;
        let unit = if lines == 1 { "line" } else { "lines" };
        match chip_character(self.chips.len()) {
            Some(character) => {
                let label = format!("[paste {number} · {lines} {unit}]");
                self.chips.push(Chip { label, text: text.into_owned() });
                self.insert_here(character.encode_utf8(&mut [0; 4]));
            }
            None => self.insert_here(&text),
        }
    }

    /// Removes the chip before the cursor if it holds `text`; whether it did.
    fn unfold_before_cursor(&mut self, text: &str) -> bool {
        let last = self.before_cursor().chars().next_back();
        let Some(character) = last.filter(|last| self.chip(*last).is_some_and(|chip| chip.text == text))
        else {
            return false;
        };
        let start = self.cursor - character.len_utf8();
        self.remove(start, self.cursor);
        true
    }

    /// Replaces the bytes from `start` to the cursor, as a completion does.
    pub(crate) fn complete(&mut self, start: usize, text: &str) {
        self.checkpoint();
        self.remove(start, self.cursor);
        self.insert_here(text);
    }

    /// Deletes the cluster before the cursor.
    pub(crate) fn delete_back(&mut self) {
        let start = self.previous(self.cursor);
        self.delete(start, self.cursor, Step::Deleting);
    }

    /// Deletes the cluster after the cursor.
    pub(crate) fn delete_forward(&mut self) {
        let end = self.next(self.cursor);
        self.delete(self.cursor, end, Step::Deleting);
    }

    /// Cuts from the cursor to `target`, to be put back by [`Composer::yank`].
    pub(crate) fn cut_to(&mut self, target: usize) {
        let (start, end) = (self.cursor.min(target), self.cursor.max(target));
        let Some(cut) = self.text.get(start..end).filter(|cut| !cut.is_empty()) else { return };
        self.cut = cut.to_owned();
        self.delete(start, end, Step::Other);
    }

    /// Puts back what was cut.
    pub(crate) fn yank(&mut self) {
        let cut = std::mem::take(&mut self.cut);
        self.checkpoint();
        self.insert_here(&cut);
        self.cut = cut;
    }

    /// Empties the composer; undo brings the text back.
    pub(crate) fn clear(&mut self) {
        self.delete(0, self.text.len(), Step::Other);
    }

    fn delete(&mut self, start: usize, end: usize, step: Step) {
        if start < end {
            self.begin(step);
            self.remove(start, end);
        }
    }

    fn remove(&mut self, start: usize, end: usize) {
        if self.text.get(start..end).is_some() {
            self.text.drain(start..end);
            self.cursor = start;
        }
    }

    fn insert_here(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }
}

/// One kind of line end, no control characters, none of the characters which stand for chips.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let is_clean = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || chip_index(c).is_some());
    if text.chars().all(is_clean) {
        return Cow::Borrowed(text);
    }
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(unified.chars().filter(|c| is_clean(*c)).collect())
}
