//! Control sequences: keys with their modifiers, mouse and focus; everything else means nothing here.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{keys, mouse};

/// The number that stands for "the modifiers and the code of a key follow" in xterm's `modifyOtherKeys`.
const OTHER_KEY: u32 = 27;

/// The event of a sequence without its `ESC [`.
pub(super) fn event(parameters: &[u8], last: u8) -> Option<Event> {
    match (parameters, last) {
        (b"", b'I') => return Some(Event::FocusGained),
        (b"", b'O') => return Some(Event::FocusLost),
        ([b'<', report @ ..], b'M' | b'm') => return mouse::report(&Fields::read(report)?, last == b'm'),
        (b"[", b'A'..=b'E') => return Some(key(KeyCode::F(last - b'A' + 1), 0, 0)),
        _ => {}
    }
    let fields = Fields::read(parameters)?;
    let (first, alternate) = fields.at(0);
    let (mask, kind) = fields.at(1);
    match last {
        b'u' => of_code(first, alternate, mask, kind),
        b'~' if first == OTHER_KEY => of_code(fields.at(2).0, 0, mask, kind),
        b'~' => Some(key(keys::of_number(first)?, mask, kind)),
        // Where the cursor is: no key, though F3 looks like the first row.
        b'R' if first > 1 => None,
        _ => Some(key(keys::of_letter(last)?, mask, kind)),
    }
}

fn key(code: KeyCode, mask: u32, kind: u32) -> Event {
    let kind = match kind {
        2 => KeyEventKind::Repeat,
        3 => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    Event::Key(KeyEvent::new_with_kind(code, keys::modifiers(mask), kind))
}

/// A key by its code. A character with Shift is the one that Shift makes of it, as far as that is known.
fn of_code(code: u32, shifted: u32, mask: u32, kind: u32) -> Option<Event> {
    let has_shift = keys::modifiers(mask).contains(KeyModifiers::SHIFT);
    let code = match keys::of_code(code)? {
        KeyCode::Char(character) if has_shift => {
            let shifted = Some(shifted).filter(|code| *code > 0).and_then(char::from_u32);
            KeyCode::Char(shifted.unwrap_or_else(|| capital(character)))
        }
        code => code,
    };
    Some(key(code, mask, kind))
}

/// The capital letter, where it is a single one.
fn capital(character: char) -> char {
    let mut capitals = character.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => character,
    }
}

/// The numbers of a sequence; each may have another one behind a colon.
pub(super) struct Fields(Vec<(u32, u32)>);

impl Fields {
    /// `None` when there is something else among them: the sequence then is no key.
    pub(super) fn read(parameters: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(parameters).ok()?;
        if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')) {
            return None;
        }
        let fields = text.split(';').map(|field| {
            let mut numbers = field.split(':').map(|number| number.parse().unwrap_or(0));
            (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
        });
        Some(Self(fields.collect()))
    }

    /// The one at a place; zeros where it was left out.
    pub(super) fn at(&self, place: usize) -> (u32, u32) {
        self.0.get(place).copied().unwrap_or_default()
    }
}
