//! Bytes from a terminal as keys, mouse and pastes, however they are cut into reads.
//!
//! *Invariants:* nothing that is no key or text of a person becomes text: answers and sequences which mean nothing here
//! are dropped whole. Nothing is read and no clock looked at here.
//!
//! Sources: ECMA-48 (how sequences begin and end), xterm's control sequences, the keyboard protocol of kitty.

mod csi;
mod keys;
mod mouse;

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";
/// How long more bytes are waited for where those so far are a key by themselves, such as Escape.
const KEY_PATIENCE: Duration = Duration::from_millis(50);
/// How long they are waited for where they are not.
const PATIENCE: Duration = Duration::from_millis(500);
/// The most bytes of a sequence that are kept; longer ones have no meaning here.
const LONGEST: usize = 64;

/// Takes bytes in and gives events out.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    state: State,
    /// What has come since the state began.
    bytes: Vec<u8>,
    /// Whether the key being read had an Escape before it.
    is_alt: bool,
    events: VecDeque<Event>,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Nothing,
    /// A character of several bytes.
    Character,
    /// What an Escape introduces.
    Escape,
    /// What two of them introduce.
    Escapes,
    /// A control sequence: `ESC [`.
    Control,
    /// A function key: `ESC O`.
    Function,
    /// The three bytes of the old mouse reports.
    Mouse,
    /// An answer of the terminal: `ESC ]` or `ESC P`, up to its end.
    Answer(u8),
    /// What comes after an Escape in an answer: its end, or something new.
    AnswerEnd,
    /// Pasted text, up to its end.
    Paste,
}

impl Parser {
    /// The oldest event.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether the next bytes are pasted text.
    pub(crate) fn is_pasting(&self) -> bool {
        self.state == State::Paste
    }

    /// How long to wait for more before [`Parser::give_up`]; `None` when nothing is unfinished, or all of it text.
    pub(crate) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Nothing | State::Paste => None,
            State::Escape | State::Escapes | State::AnswerEnd => Some(KEY_PATIENCE),
            State::Control | State::Function | State::Answer(_) if self.bytes.is_empty() => {
                Some(KEY_PATIENCE)
            }
            State::Control | State::Function | State::Answer(_) | State::Mouse | State::Character => {
                Some(PATIENCE)
            }
        }
    }

    /// Takes the unfinished bytes for the keys they are by themselves, and drops what is none.
    pub(crate) fn give_up(&mut self) {
        if self.is_pasting() {
            return;
        }
        let state = std::mem::take(&mut self.state);
        let is_empty = self.bytes.is_empty();
        self.bytes.clear();
        match state {
            State::Escape | State::AnswerEnd => self.key(KeyCode::Esc),
            State::Escapes => {
                self.key(KeyCode::Esc);
                self.key(KeyCode::Esc);
            }
            State::Control if is_empty => self.alt('['),
            State::Function if is_empty => self.alt('O'),
            State::Answer(introducer) if is_empty => self.alt(char::from(introducer)),
            State::Nothing
            | State::Character
            | State::Control
            | State::Function
            | State::Mouse
            | State::Answer(_)
            | State::Paste => self.is_alt = false,
        }
    }

    /// Takes bytes in.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.is_pasting() {
                bytes = self.paste(bytes);
            } else {
                self.byte(*first);
                bytes = rest;
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.state {
            State::Nothing | State::Paste => self.first(byte),
            State::Character => self.character(byte),
            State::Escapes => self.escaped_twice(byte),
            State::Control => self.control(byte),
            State::Function => self.function(byte),
            State::Mouse => self.mouse(byte),
            State::Answer(_) => self.answer(byte),
            State::AnswerEnd if byte == b'\\' => self.enter(State::Nothing),
            State::Escape | State::AnswerEnd => self.escaped(byte),
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.bytes.clear();
    }

    fn first(&mut self, byte: u8) {
        self.enter(State::Nothing);
        match byte {
            ESC => self.state = State::Escape,
            0x80.. => {
                self.state = State::Character;
                self.character(byte);
            }
            _ => self.push(keys::of_byte(byte)),
        }
    }

    fn character(&mut self, byte: u8) {
        if byte < 0x80 {
            // The character was cut off.
            self.is_alt = false;
            return self.first(byte);
        }
        self.bytes.push(byte);
        match std::str::from_utf8(&self.bytes).map(|text| text.chars().next()) {
            Ok(character) => {
                self.enter(State::Nothing);
                if let Some(character) = character {
                    self.key(KeyCode::Char(character));
                }
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                let is_second = self.bytes.len() > 1;
                self.is_alt = false;
                self.enter(State::Nothing);
                if is_second {
                    self.first(byte);
                }
            }
        }
    }

    fn escaped(&mut self, byte: u8) {
        match byte {
            ESC => self.enter(State::Escapes),
            b'[' => self.enter(State::Control),
            b'O' => self.enter(State::Function),
            b']' | b'P' => self.enter(State::Answer(byte)),
            _ => {
                self.is_alt = true;
                self.first(byte);
            }
        }
    }

    fn escaped_twice(&mut self, byte: u8) {
        if matches!(byte, b'[' | b'O') {
            // How some terminals send Alt with an arrow.
            self.is_alt = true;
            return self.escaped(byte);
        }
        self.key(KeyCode::Esc);
        if byte != ESC {
            self.escaped(byte);
        }
    }

    fn control(&mut self, byte: u8) {
        match byte {
            0x20..=0x3f => self.keep(byte),
            // The function keys of the Linux console: `ESC [ [ A`.
            b'[' if self.bytes.is_empty() => self.keep(byte),
            0x40..=0x7e => self.controlled(byte),
            _ => self.cut_off(byte),
        }
    }

    fn controlled(&mut self, last: u8) {
        let bytes = std::mem::take(&mut self.bytes);
        self.enter(State::Nothing);
        match (bytes.as_slice(), last) {
            (b"", b'M') => self.enter(State::Mouse),
            (b"200", b'~') => self.enter(State::Paste),
            (kept, _) if kept.len() < LONGEST => self.push(csi::event(kept, last)),
            _ => self.push(None),
        }
    }

    fn function(&mut self, byte: u8) {
        match byte {
            b'0'..=b';' => self.keep(byte),
            _ => match keys::function(&self.bytes, byte) {
                Some(key) => {
                    self.enter(State::Nothing);
                    self.push(Some(Event::Key(key)));
                }
                None if self.bytes.is_empty() => {
                    self.alt('O');
                    self.first(byte);
                }
                None => self.cut_off(byte),
            },
        }
    }

    fn mouse(&mut self, byte: u8) {
        self.bytes.push(byte);
        if let [buttons, column, row] = *self.bytes.as_slice() {
            self.enter(State::Nothing);
            self.push(mouse::old(buttons, column, row));
        }
    }

    fn answer(&mut self, byte: u8) {
        match byte {
            ESC => self.enter(State::AnswerEnd),
            0x07 => self.enter(State::Nothing),
            // No answer contains them, so this is a person at a terminal which never ended one.
            0x00..=0x1f | 0x7f => self.first(byte),
            _ => self.keep(byte),
        }
    }

    /// Takes pasted text in; what follows its end.
    fn paste<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let length = bytes.iter().position(|byte| *byte == b'~').map_or(bytes.len(), |place| place + 1);
        let (text, rest) = bytes.split_at(length);
        self.bytes.extend_from_slice(text);
        if let Some(text) = self.bytes.strip_suffix(PASTE_END) {
            let text = String::from_utf8_lossy(text).into_owned();
            self.state = State::Nothing;
            self.bytes = Vec::new();
            self.push(Some(Event::Paste(text)));
        }
        rest
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() < LONGEST {
            self.bytes.push(byte);
        }
    }

    /// A byte that belongs to no sequence: what came before it was never ended.
    fn cut_off(&mut self, byte: u8) {
        self.is_alt = false;
        self.first(byte);
    }

    fn alt(&mut self, character: char) {
        self.is_alt = true;
        self.key(KeyCode::Char(character));
    }

    fn key(&mut self, code: KeyCode) {
        self.push(Some(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
    }

    fn push(&mut self, event: Option<Event>) {
        let is_alt = std::mem::take(&mut self.is_alt);
        self.events.extend(event.map(|event| match event {
            Event::Key(mut key) if is_alt => {
                key.modifiers |= KeyModifiers::ALT;
                Event::Key(key)
            }
            other => other,
        }));
    }
}

#[cfg(test)]
mod tests;
