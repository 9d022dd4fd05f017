//! Makes foreign text harmless: nothing a terminal would obey, or that would deceive the eye, is left.
//!
//! Line feeds and tabs stay; they never reach a cell, layout and painter resolve them.

use std::borrow::Cow;

/// What becomes of escape sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// Shown as pictures: for words and commands, where nothing may hide.
    Shown,
    /// Well-formed ones removed, and a carriage return begins its line anew: for the output of programs.
    Removed,
}

/// Text of the model, the person or a file, harmless; borrowed when it was so already.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    run(text, Escapes::Shown)
}

/// The output of a program, harmless and without its colours.
pub fn sanitize_output(text: &str) -> Cow<'_, str> {
    run(text, Escapes::Removed)
}

fn run(text: &str, escapes: Escapes) -> Cow<'_, str> {
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut sanitizer = Sanitizer::new(escapes);
    sanitizer.push(text, &mut out);
    sanitizer.finish(&mut out);
    Cow::Owned(out)
}

/// Whether a byte is harmless by itself.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

/// Where in an escape sequence the stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    #[default]
    Text,
    /// After ESC, or intermediate bytes after it.
    Escape,
    /// In a control sequence, until its final byte.
    Control,
    /// In a string (title, hyperlink, device data), until BEL or ESC `\`.
    Command,
    /// In such a string, after ESC.
    CommandEscape,
}

/// Makes a stream harmless piece by piece; sequences and line ends may be cut anywhere between pieces.
#[derive(Clone, Debug)]
pub struct Sanitizer {
    escapes: Escapes,
    position: Position,
    /// A carriage return whose line feed may come with the next piece.
    is_after_return: bool,
    /// Whether tag characters would belong to a flag (U+1F3F4 and its tags).
    is_in_flag: bool,
}

impl Sanitizer {
    /// At the beginning of a stream.
    pub fn new(escapes: Escapes) -> Self {
        Self { escapes, position: Position::Text, is_after_return: false, is_in_flag: false }
    }

    /// Appends the next piece to `out`, which holds the last line of the stream so far.
    pub fn push(&mut self, piece: &str, out: &mut String) {
        let is_idle = self.position == Position::Text && !self.is_after_return;
        if is_idle && piece.bytes().all(is_plain) {
            out.push_str(piece);
            return;
        }
        for character in piece.chars() {
            self.character(character, out);
        }
    }

    /// Ends the stream.
    pub fn finish(&mut self, out: &mut String) {
        if self.is_after_return && self.escapes == Escapes::Shown {
            out.push('␍');
        }
        *self = Self::new(self.escapes);
    }

    fn character(&mut self, character: char, out: &mut String) {
        if self.is_after_return {
            self.is_after_return = false;
            self.resolve_return(character, out);
        }
        match self.position {
            Position::Text => self.text(character, out),
            // A line feed ends a broken sequence, so that one never swallows the rest of the output.
            _ if character == '\n' => {
                self.position = Position::Text;
                out.push('\n');
            }
            Position::Escape => self.position = after_escape(character),
            Position::Control if matches!(character, '\u{40}'..='\u{7e}') => self.position = Position::Text,
            Position::Command if character == '\u{7}' => self.position = Position::Text,
            Position::Command if character == '\u{1b}' => self.position = Position::CommandEscape,
            Position::Control | Position::Command => {}
            Position::CommandEscape if character == '\\' => self.position = Position::Text,
            Position::CommandEscape => self.position = Position::Command,
        }
    }

    fn resolve_return(&self, next: char, out: &mut String) {
        match (next, self.escapes) {
            ('\n', _) => {}
            (_, Escapes::Shown) => out.push('␍'),
            (_, Escapes::Removed) => out.truncate(out.rfind('\n').map_or(0, |feed| feed + 1)),
        }
    }

    fn text(&mut self, character: char, out: &mut String) {
        let was_in_flag = std::mem::take(&mut self.is_in_flag);
        match character {
            ' '..='~' | '\n' | '\t' => out.push(character),
            '\r' => self.is_after_return = true,
            '\u{1b}' if self.escapes == Escapes::Removed => self.position = Position::Escape,
            '\0'..='\u{1f}' => out.push(picture(character)),
            '\u{7f}' => out.push('␡'),
            '\u{1f3f4}' => {
                self.is_in_flag = true;
                out.push(character);
            }
            '\u{e0020}'..='\u{e007f}' if was_in_flag => {
                self.is_in_flag = true;
                out.push(character);
            }
            _ if is_deceptive(character) => {
                use std::fmt::Write as _;
                // Writing into a String cannot fail.
                let _infallible = write!(out, "<{:04X}>", u32::from(character));
            }
            _ => out.push(character),
        }
    }
}

fn after_escape(character: char) -> Position {
    match character {
        '[' => Position::Control,
        ']' | 'P' | 'X' | '^' | '_' => Position::Command,
        '\u{20}'..='\u{2f}' | '\u{1b}' => Position::Escape,
        _ => Position::Text,
    }
}

/// The picture of a C0 control (U+2400 and following).
fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('␦')
}

/// C1 controls, controls of the writing direction, and characters that show nothing at all.
fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_show_what_they_hide() {
        let cases = [
            ("plain", "a\tb\nc", "a\tb\nc"),
            ("escape", "\u{1b}[31mred", "␛[31mred"),
            ("bell, delete", "\u{7}\u{7f}", "␇␡"),
            ("line ends", "a\r\nb\rc\r", "a\nb␍c␍"),
            ("c1", "\u{9b}31m", "<009B>31m"),
            ("bidi", "a\u{202e}b\u{2066}", "a<202E>b<2066>"),
            ("smuggled tags", "hi\u{e0041}", "hi<E0041>"),
            ("flag of England", "🏴\u{e0067}\u{e0062}\u{e007f}", "🏴\u{e0067}\u{e0062}\u{e007f}"),
            ("family stays whole", "👨‍👩‍👧", "👨‍👩‍👧"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(sanitize(text), expected, "{name}");
        }
    }

    #[test]
    fn output_loses_its_colours() {
        let cases = [
            ("colours", "\u{1b}[1;31merror\u{1b}[0m: x", "error: x"),
            ("title, hyperlink", "\u{1b}]0;t\u{7}a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("progress", "10%\r20%\r30%\ndone", "30%\ndone"),
            ("cut sequence", "a\u{1b}]0;never ends\nb", "a\nb"),
            ("charset", "\u{1b}(Bok", "ok"),
            ("backspace", "a\u{8}b", "a␈b"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(sanitize_output(text), expected, "{name}");
        }
    }

    /// Whether a character must never reach a cell.
    fn is_forbidden(character: char) -> bool {
        let is_feed = matches!(character, '\n' | '\t');
        (character.is_control() && !is_feed) || is_deceptive(character) && !matches!(character, '\u{e0020}'..)
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(text in "(\\PC|[\u{0}-\u{9f}]|[\u{200b}-\u{202e}]|[\u{2066}-\u{2069}]|\u{1b}\\[[0-9;]*m){0,80}") {
            for escapes in [Escapes::Shown, Escapes::Removed] {
                prop_assert!(!run(&text, escapes).chars().any(is_forbidden));
            }
        }

        #[test]
        fn pieces_give_what_the_whole_gives(text in "([a-z\\r\\n\u{1b}\\[\\];m\u{7}\\\\]|é|漢){0,60}", cuts in prop::collection::vec(0usize..60, 0..6)) {
            for escapes in [Escapes::Shown, Escapes::Removed] {
                let mut sanitizer = Sanitizer::new(escapes);
                let mut pieced = String::new();
                let mut rest = text.as_str();
                for cut in &cuts {
                    let at = (0..=*cut.min(&rest.len())).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
                    let (piece, after) = rest.split_at(at);
                    sanitizer.push(piece, &mut pieced);
                    rest = after;
                }
                sanitizer.push(rest, &mut pieced);
                sanitizer.finish(&mut pieced);
                let whole = run(&text, escapes);
                prop_assert_eq!(pieced.as_str(), whole.as_ref());
            }
        }
    }
}
