//! One key with its modifiers, as it is written in the keymap.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with modifiers, normalised so that what terminals report and what people write compare equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// A key that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no key")]
pub(crate) struct UnknownKey(String);

/// Key names as people write them.
const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Chord {
    fn normalised(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let mut modifiers = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            // A character carries its Shift in itself; Ctrl makes case meaningless.
            KeyCode::Char(c) => {
                modifiers -= KeyModifiers::SHIFT;
                let folded =
                    if modifiers.contains(KeyModifiers::CONTROL) { c.to_ascii_lowercase() } else { c };
                KeyCode::Char(folded)
            }
            other => other,
        };
        Self { code, modifiers }
    }

    /// The character this key types, when it types one.
    pub(crate) fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl From<KeyEvent> for Chord {
    fn from(key: KeyEvent) -> Self {
        Self::normalised(key.code, key.modifiers)
    }
}

impl FromStr for Chord {
    type Err = UnknownKey;

    fn from_str(written: &str) -> Result<Self, UnknownKey> {
        let mut modifiers = KeyModifiers::empty();
        let mut rest = written;
        while let Some((head, tail)) =
            rest.split_once('+').filter(|(head, tail)| !head.is_empty() && !tail.is_empty())
        {
            modifiers |= match head.to_ascii_lowercase().as_str() {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(UnknownKey(written.to_owned())),
            };
            rest = tail;
        }
        let code = code_of(rest).ok_or_else(|| UnknownKey(written.to_owned()))?;
        Ok(Self::normalised(code, modifiers))
    }
}

fn code_of(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Some(KeyCode::Char(only));
    }
    let lower = name.to_ascii_lowercase();
    if let Some(number) = lower.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
        return Some(KeyCode::F(number));
    }
    NAMES.iter().find(|(known, _)| *known == lower).map(|(_, code)| *code)
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "Ctrl+"), (KeyModifiers::ALT, "Alt+"), (KeyModifiers::SHIFT, "Shift+")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(c) if !self.modifiers.is_empty() => f.write_char(c.to_ascii_uppercase()),
            KeyCode::F(number) => write!(f, "F{number}"),
            code => match NAMES.iter().find(|(_, known)| *known == code) {
                Some((name, _)) => f.write_str(&capitalised(name)),
                None => write!(f, "{code}"),
            },
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_and_write() {
        let cases = [
            ("ctrl+c", "Ctrl+C"),
            ("shift+tab", "Shift+Tab"),
            ("alt+enter", "Alt+Enter"),
            ("f1", "F1"),
            ("y", "y"),
            ("ctrl++", "Ctrl++"),
            ("pageup", "Pageup"),
        ];
        for (written, shown) in cases {
            assert_eq!(written.parse::<Chord>().unwrap().to_string(), shown);
        }
        for wrong in ["", "hyper+x", "ctrl+nothing"] {
            assert!(wrong.parse::<Chord>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_terminals_report_compares_equal() {
        let backtab = Chord::from(KeyEvent::new(KeyCode::BackTab, KeyModifiers::empty()));
        assert_eq!(backtab, "shift+tab".parse().unwrap());
        let capital = Chord::from(KeyEvent::new(KeyCode::Char('A'), KeyModifiers::SHIFT));
        assert_eq!(capital.typed(), Some('A'));
        let control =
            Chord::from(KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT));
        assert_eq!(control, "ctrl+c".parse().unwrap());
    }
}
