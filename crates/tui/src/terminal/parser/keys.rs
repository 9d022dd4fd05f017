//! Keys by the byte, the letter or the number that stands for them.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Keys that end in a letter of their own, after `ESC [` and after `ESC O`.
const LETTERS: &[(u8, KeyCode)] = &[
    (b'A', KeyCode::Up),
    (b'B', KeyCode::Down),
    (b'C', KeyCode::Right),
    (b'D', KeyCode::Left),
    (b'E', KeyCode::KeypadBegin),
    (b'F', KeyCode::End),
    (b'H', KeyCode::Home),
    (b'P', KeyCode::F(1)),
    (b'Q', KeyCode::F(2)),
    (b'R', KeyCode::F(3)),
    (b'S', KeyCode::F(4)),
    (b'Z', KeyCode::BackTab),
];

/// Keys that are `ESC [ number ~`; the gaps between the function keys are as old as they are.
const NUMBERS: &[(u32, KeyCode)] = &[
    (1, KeyCode::Home),
    (2, KeyCode::Insert),
    (3, KeyCode::Delete),
    (4, KeyCode::End),
    (5, KeyCode::PageUp),
    (6, KeyCode::PageDown),
    (7, KeyCode::Home),
    (8, KeyCode::End),
    (11, KeyCode::F(1)),
    (12, KeyCode::F(2)),
    (13, KeyCode::F(3)),
    (14, KeyCode::F(4)),
    (15, KeyCode::F(5)),
    (17, KeyCode::F(6)),
    (18, KeyCode::F(7)),
    (19, KeyCode::F(8)),
    (20, KeyCode::F(9)),
    (21, KeyCode::F(10)),
    (23, KeyCode::F(11)),
    (24, KeyCode::F(12)),
];

/// The keypad in the keyboard protocol, from code 57399 on.
const KEYPAD: [KeyCode; 28] = [
    KeyCode::Char('0'),
    KeyCode::Char('1'),
    KeyCode::Char('2'),
    KeyCode::Char('3'),
    KeyCode::Char('4'),
    KeyCode::Char('5'),
    KeyCode::Char('6'),
    KeyCode::Char('7'),
    KeyCode::Char('8'),
    KeyCode::Char('9'),
    KeyCode::Char('.'),
    KeyCode::Char('/'),
    KeyCode::Char('*'),
    KeyCode::Char('-'),
    KeyCode::Char('+'),
    KeyCode::Enter,
    KeyCode::Char('='),
    KeyCode::Char(','),
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::Insert,
    KeyCode::Delete,
];

const KEYPAD_FROM: u32 = 57_399;
/// Where the keyboard protocol has the keys which are no characters: an area of Unicode that holds none.
const NO_CHARACTERS: std::ops::RangeInclusive<u32> = 0xe000..=0xf8ff;

/// The event of a byte below 0x80 that no sequence contains.
pub(super) fn of_byte(byte: u8) -> Option<Event> {
    let control = |first: u8, byte: u8, from: u8| {
        KeyEvent::new(KeyCode::Char(char::from(byte - first + from)), KeyModifiers::CONTROL)
    };
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    Some(Event::Key(match byte {
        0x00 => control(0, byte, b' '),
        b'\t' => plain(KeyCode::Tab),
        b'\r' => plain(KeyCode::Enter),
        0x01..=0x1a => control(0x01, byte, b'a'),
        0x1b => plain(KeyCode::Esc),
        // Ctrl with \ ] ^ _, which terminals send for Ctrl with 4 to 7 too.
        0x1c..=0x1f => control(0x1c, byte, b'4'),
        0x20..=0x7e => plain(KeyCode::Char(char::from(byte))),
        0x7f => plain(KeyCode::Backspace),
        0x80.. => return None,
    }))
}

/// The key of a letter.
pub(super) fn of_letter(letter: u8) -> Option<KeyCode> {
    LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, code)| *code)
}

/// The key of a number.
pub(super) fn of_number(number: u32) -> Option<KeyCode> {
    NUMBERS.iter().find(|(known, _)| *known == number).map(|(_, code)| *code)
}

/// The key after `ESC O`: a letter, a few of which have their modifiers before them, or the keypad's own.
pub(super) fn function(parameters: &[u8], last: u8) -> Option<KeyEvent> {
    let mask = std::str::from_utf8(parameters).ok()?.rsplit(';').next().and_then(|mask| mask.parse().ok());
    let code = match last {
        b'M' => KeyCode::Enter,
        b'j'..=b'y' => KeyCode::Char(char::from(last - 0x40)),
        _ => of_letter(last)?,
    };
    Some(KeyEvent::new(code, modifiers(mask.unwrap_or(0))))
}

/// The key of a code of the keyboard protocol: a character, or a number for what is none.
pub(super) fn of_code(code: u32) -> Option<KeyCode> {
    let keypad = code.checked_sub(KEYPAD_FROM).and_then(|place| usize::try_from(place).ok());
    if let Some(key) = keypad.and_then(|place| KEYPAD.get(place)) {
        return Some(*key);
    }
    match code {
        8 | 127 => Some(KeyCode::Backspace),
        9 => Some(KeyCode::Tab),
        13 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        code if code < 32 || NO_CHARACTERS.contains(&code) => None,
        code => char::from_u32(code).map(KeyCode::Char),
    }
}

/// The modifiers of a sequence's number for them: one more than the sum of their bits.
pub(super) fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let all = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    all.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| *modifier).collect()
}
