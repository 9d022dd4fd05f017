//! A line of a program with its colours: what they mean becomes a slot of the theme, and everything else a terminal would
//! obey is taken out.
//!
//! *Invariant:* the theme alone decides how a slot looks; without colours the words are the same.

use ratatui::style::Modifier;

use super::row::Span;
use super::sanitize::sanitize_output;
use crate::theme::{Face, Slot};

/// The spans of a line: nothing in them moves the cursor or breaks the line.
pub(crate) fn spans_of_line(line: &str) -> Vec<Span> {
    let mut face = Face::of(Slot::Text);
    let mut spans = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (before, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
        let words = sanitize_output(before).replace(['\n', '\t'], " ");
        spans.extend((!words.is_empty()).then(|| Span::made(words, face)));
        let Some(end) = after.find(|c: char| matches!(c, '\u{40}'..='\u{7e}')) else { break };
        let (parameters, tail) = after.split_at(end);
        if let Some(behind) = tail.strip_prefix('m') {
            face = changed(face, parameters);
            rest = behind;
        } else {
            // Any other sequence of this kind ends with this one character.
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    spans
}

/// The face after a sequence of attributes (ECMA-48, SGR).
fn changed(mut face: Face, parameters: &str) -> Face {
    let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u16>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        match number {
            0 => face = Face::of(Slot::Text),
            1 => face.modifier |= Modifier::BOLD,
            2 => face.slot = Slot::Dim,
            3 => face.modifier |= Modifier::ITALIC,
            4 => face.modifier |= Modifier::UNDERLINED,
            7 => face.modifier |= Modifier::REVERSED,
            22 => face.modifier.remove(Modifier::BOLD),
            23 => face.modifier.remove(Modifier::ITALIC),
            24 => face.modifier.remove(Modifier::UNDERLINED),
            27 => face.modifier.remove(Modifier::REVERSED),
            30..=37 => face.slot = meant_by(number - 30),
            90..=97 => face.slot = meant_by_bright(number - 90),
            38 | 48 => {
                let slot = named(&mut numbers);
                face.slot = slot.filter(|_| number == 38).unwrap_or(face.slot);
            }
            39 => face.slot = Slot::Text,
            // Backgrounds are the theme's, and the rest no terminal agrees on.
            _other => {}
        }
    }
    face
}

/// What one of the eight colours means.
const fn meant_by(colour: u16) -> Slot {
    match colour {
        1 => Slot::Error,
        2 => Slot::Ok,
        3 => Slot::Warn,
        4 => Slot::Link,
        5 => Slot::Heading,
        6 => Slot::Accent,
        _black_or_white => Slot::Text,
    }
}

/// The bright ones; bright black is grey.
const fn meant_by_bright(colour: u16) -> Slot {
    if colour == 0 { Slot::Dim } else { meant_by(colour) }
}

/// A colour by its place in the table of 256, or by red, green and blue: the nearest of those that mean something.
fn named(numbers: &mut impl Iterator<Item = u16>) -> Option<Slot> {
    match numbers.next()? {
        5 => {
            let place = numbers.next()?;
            Some(match place {
                0..=7 => meant_by(place),
                8..=15 => meant_by_bright(place - 8),
                16..=231 => {
                    let cube = place - 16;
                    of_rgb([cube / 36 * 51, cube / 6 % 6 * 51, cube % 6 * 51])
                }
                232..=255 => of_rgb([(place - 232) * 10; 3]),
                _none => return None,
            })
        }
        2 => Some(of_rgb([numbers.next()?, numbers.next()?, numbers.next()?])),
        _unknown => None,
    }
}

/// Greys are ordinary or dim; the others go by which of their parts are strong.
fn of_rgb([red, green, blue]: [u16; 3]) -> Slot {
    let most = red.max(green).max(blue);
    let least = red.min(green).min(blue);
    if most.saturating_sub(least) < 48 {
        return if most < 170 { Slot::Dim } else { Slot::Text };
    }
    let middle = least + (most - least) / 2;
    let is_strong = |part: u16| u16::from(part > middle);
    meant_by(is_strong(red) + 2 * is_strong(green) + 4 * is_strong(blue))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(line: &str) -> Vec<(String, Slot)> {
        spans_of_line(line).iter().map(|span| (span.text("").to_owned(), span.face.slot)).collect()
    }

    #[test]
    fn b7_colours_become_what_they_mean() {
        let cases = [
            ("plain", vec![("plain", Slot::Text)]),
            ("\u{1b}[31mred\u{1b}[0m rest", vec![("red", Slot::Error), (" rest", Slot::Text)]),
            ("\u{1b}[1;32mok\u{1b}[m", vec![("ok", Slot::Ok)]),
            ("\u{1b}[38;5;203mx\u{1b}[39my", vec![("x", Slot::Error), ("y", Slot::Text)]),
            ("\u{1b}[38;2;55;166;96mx", vec![("x", Slot::Ok)]),
            ("\u{1b}[38;2;153;153;153mx", vec![("x", Slot::Dim)]),
            ("\u{1b}[48;5;1mx", vec![("x", Slot::Text)]),
            ("\u{1b}[38;5;255mx\u{1b}[38;5;65535my", vec![("x", Slot::Text), ("y", Slot::Text)]),
            ("\u{1b}[38;2;65535;0;99999mx", vec![("x", Slot::Error)]),
            ("a\u{1b}[2Jb\u{1b}]0;title\u{7}c\td", vec![("a", Slot::Text), ("bc d", Slot::Text)]),
            ("\u{1b}[31", vec![]),
            ("", vec![]),
        ];
        for (line, expected) in cases {
            let expected: Vec<_> = expected.into_iter().map(|(text, slot)| (text.to_owned(), slot)).collect();
            assert_eq!(told(line), expected, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn b7_nothing_a_terminal_would_obey_is_left(line in "(\u{1b}|\\[|\\]|m|;|[0-9]|\u{7}|\r|\n|\t|\u{9b}|\u{202e}|x|é| ){0,40}") {
            for span in spans_of_line(&line) {
                prop_assert!(!span.text("").chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
