//! The notation of keys (`git <Tab><A-Enter>`) and the bytes a terminal sends for them.
//!
//! Source of the bytes: xterm's control sequences (legacy keys and modifiers) and the keyboard protocol with
//! progressive enhancement as kitty documents it, of which the first flag (disambiguate) is spoken.

/// The state of the terminal on which the bytes of a key depend.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyModes {
    /// Arrow keys are sent as `ESC O x`.
    pub(crate) application_cursor: bool,
    /// Keys which have no bytes of their own are sent as `CSI code;modifiers u`.
    pub(crate) disambiguate: bool,
}

#[derive(Clone, Copy, Default)]
struct Modifiers {
    shift: bool,
    alt: bool,
    ctrl: bool,
}

impl Modifiers {
    fn any(self) -> bool {
        self.shift || self.alt || self.ctrl
    }

    /// The number by which escape sequences name a set of modifiers.
    fn parameter(self) -> u8 {
        1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.ctrl)
    }
}

enum Key {
    Char(char),
    /// Enter, Tab, Backspace, Escape: keys which are one control byte.
    Control(u8),
    /// Arrows, Home, End, F1 to F4 by the last letter of their sequence.
    Letter(char),
    /// Keys which are `CSI number ~`.
    Tilde(u8),
}

/// The bytes for a text in key notation, or what is wrong with it.
pub(crate) fn encode(notation: &str, modes: KeyModes) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = notation;
    while let Some(letter) = rest.chars().next() {
        let (token, after) = rest.split_at(letter.len_utf8());
        rest = after;
        if letter == '<' {
            let unclosed = || format!("`<` without `>` in {notation:?}: a bare one is written <lt>");
            let (name, after) = rest.split_once('>').ok_or_else(unclosed)?;
            bytes.extend(named(name, modes)?);
            rest = after;
        } else {
            bytes.extend_from_slice(token.as_bytes());
        }
    }
    Ok(bytes)
}

fn named(name: &str, modes: KeyModes) -> Result<Vec<u8>, String> {
    let mut modifiers = Modifiers::default();
    let mut key = name;
    loop {
        let (flag, after) = match key.split_once('-') {
            Some(("S", after)) if !after.is_empty() => (&mut modifiers.shift, after),
            Some(("A" | "M", after)) if !after.is_empty() => (&mut modifiers.alt, after),
            Some(("C", after)) if !after.is_empty() => (&mut modifiers.ctrl, after),
            _ => break,
        };
        *flag = true;
        key = after;
    }
    let key = by_name(key).ok_or_else(|| format!("no key is named <{name}>"))?;
    Ok(bytes_of(&key, modifiers, modes))
}

fn by_name(name: &str) -> Option<Key> {
    Some(match name {
        "Enter" | "CR" => Key::Control(b'\r'),
        "Tab" => Key::Control(b'\t'),
        "BS" => Key::Control(0x7f),
        "Esc" => Key::Control(0x1b),
        "Space" => Key::Char(' '),
        "lt" => Key::Char('<'),
        "gt" => Key::Char('>'),
        "Up" => Key::Letter('A'),
        "Down" => Key::Letter('B'),
        "Right" => Key::Letter('C'),
        "Left" => Key::Letter('D'),
        "Home" => Key::Letter('H'),
        "End" => Key::Letter('F'),
        "Ins" => Key::Tilde(2),
        "Del" => Key::Tilde(3),
        "PgUp" => Key::Tilde(5),
        "PgDn" => Key::Tilde(6),
        _ => return function_key(name).or_else(|| single_char(name)),
    })
}

fn function_key(name: &str) -> Option<Key> {
    let number: usize = name.strip_prefix('F')?.parse().ok()?;
    match number.checked_sub(1)? {
        place @ 0..=3 => ['P', 'Q', 'R', 'S'].get(place).copied().map(Key::Letter),
        place => [15, 17, 18, 19, 20, 21, 23, 24].get(place - 4).copied().map(Key::Tilde),
    }
}

fn single_char(name: &str) -> Option<Key> {
    let mut letters = name.chars();
    let only = letters.next()?;
    letters.next().is_none().then_some(Key::Char(only))
}

fn bytes_of(key: &Key, modifiers: Modifiers, modes: KeyModes) -> Vec<u8> {
    let parameter = modifiers.parameter();
    let sequence = match key {
        Key::Letter(letter @ 'P'..='S') if !modifiers.any() => format!("\x1bO{letter}"),
        Key::Letter(letter) if !modifiers.any() && modes.application_cursor => format!("\x1bO{letter}"),
        Key::Letter(letter) if !modifiers.any() => format!("\x1b[{letter}"),
        Key::Letter(letter) => format!("\x1b[1;{parameter}{letter}"),
        Key::Tilde(number) if !modifiers.any() => format!("\x1b[{number}~"),
        Key::Tilde(number) => format!("\x1b[{number};{parameter}~"),
        Key::Char(letter) if modes.disambiguate && (modifiers.alt || modifiers.ctrl) => {
            format!("\x1b[{};{parameter}u", u32::from(letter.to_ascii_lowercase()))
        }
        Key::Control(0x1b) if modes.disambiguate && !modifiers.any() => "\x1b[27u".to_owned(),
        Key::Control(byte) if modes.disambiguate && modifiers.any() => format!("\x1b[{byte};{parameter}u"),
        Key::Char(letter) => return legacy_char(*letter, modifiers),
        Key::Control(byte) => return legacy_control(*byte, modifiers),
    };
    sequence.into_bytes()
}

fn legacy_char(letter: char, modifiers: Modifiers) -> Vec<u8> {
    let letter = if modifiers.shift { letter.to_ascii_uppercase() } else { letter };
    let mut bytes = if modifiers.alt { vec![0x1b] } else { Vec::new() };
    match (modifiers.ctrl, u8::try_from(letter)) {
        (true, Ok(b' ')) => bytes.push(0),
        (true, Ok(b'?')) => bytes.push(0x7f),
        (true, Ok(b'/')) => bytes.push(0x1f),
        (true, Ok(byte)) if byte.is_ascii() => bytes.push(byte & 0x1f),
        _ => bytes.extend_from_slice(letter.to_string().as_bytes()),
    }
    bytes
}

fn legacy_control(byte: u8, modifiers: Modifiers) -> Vec<u8> {
    let mut bytes = if modifiers.alt { vec![0x1b] } else { Vec::new() };
    match byte {
        b'\t' if modifiers.shift => bytes.extend_from_slice(b"\x1b[Z"),
        0x7f if modifiers.ctrl => bytes.push(0x08),
        _ => bytes.push(byte),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_the_bytes_a_terminal_sends() {
        let table: &[(&str, &[u8])] = &[
            ("hello<Enter>", b"hello\r"),
            ("<lt>b<gt> > ü", "<b> > ü".as_bytes()),
            ("<Tab><S-Tab><Esc><BS><Space>", b"\t\x1b[Z\x1b\x7f "),
            ("<C-c><C-j><C-Space><C-/><C-BS>", b"\x03\x0a\x00\x1f\x08"),
            ("<A-Enter><A-x><M-C-a><A-->", b"\x1b\r\x1bx\x1b\x01\x1b-"),
            ("<Up><S-Down><C-Left><End>", b"\x1b[A\x1b[1;2B\x1b[1;5D\x1b[F"),
            ("<PgUp><C-PgDn><Del>", b"\x1b[5~\x1b[6;5~\x1b[3~"),
            ("<F1><F4><F5><F12><S-F1>", b"\x1bOP\x1bOS\x1b[15~\x1b[24~\x1b[1;2P"),
        ];
        for (notation, bytes) in table {
            assert_eq!(encode(notation, KeyModes::default()).unwrap(), *bytes, "{notation}");
        }
    }

    #[test]
    fn application_cursor_keys_and_disambiguated_keys_differ() {
        let cursor = KeyModes { application_cursor: true, disambiguate: false };
        assert_eq!(encode("<Up><C-Up>", cursor).unwrap(), b"\x1bOA\x1b[1;5A");
        let kitty = KeyModes { application_cursor: false, disambiguate: true };
        assert_eq!(encode("<Esc><S-Enter><Enter>", kitty).unwrap(), b"\x1b[27u\x1b[13;2u\r");
        assert_eq!(encode("<C-c><A-x>a", kitty).unwrap(), b"\x1b[99;5u\x1b[120;3ua");
    }

    #[test]
    fn unknown_and_unclosed_keys_are_named() {
        assert!(encode("<Entr>", KeyModes::default()).unwrap_err().contains("<Entr>"));
        assert!(encode("a < b", KeyModes::default()).unwrap_err().contains("<lt>"));
        assert!(encode("<F13>", KeyModes::default()).is_err());
    }
}
