//! What a program wrote to a terminal, as plain text: no colours, progress bars in their last state, nothing that could
//! act on a terminal.

use vte::{Parser, Perform};

/// Output as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) text: String,
    /// Bytes that are no text: broken UTF-8 and control characters without a meaning here.
    pub(crate) strange: usize,
}

impl Plain {
    /// Whether so much of it is no text that showing it would help nobody.
    pub(crate) fn is_binary(&self) -> bool {
        // One in ten: compiled files and images have a third and more, logs with a stray byte far less.
        self.strange.saturating_mul(10) > self.text.chars().count()
    }
}

/// `bytes` as plain text. Escape sequences go; a carriage return begins its line anew and a backspace takes a character
/// back, as a screen would show it; other control characters become their pictures, broken UTF-8 the replacement mark.
pub(crate) fn plain(bytes: &[u8]) -> Plain {
    let mut page = Page::default();
    Parser::<1024>::new().advance(&mut page, bytes);
    // The parser waits for the rest of a character which is cut at the end.
    let is_cut = bytes.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty());
    if is_cut && bytes.last().is_some_and(|byte| !byte.is_ascii()) && !page.plain.text.ends_with('\u{fffd}') {
        page.print('\u{fffd}');
    }
    page.plain
}

#[derive(Default)]
struct Page {
    plain: Plain,
    /// Where the current line begins in the text.
    line: usize,
    /// Whether a carriage return waits: before a line feed it means nothing.
    returned: bool,
}

impl Page {
    fn begin_anew(&mut self) {
        if std::mem::take(&mut self.returned) {
            self.plain.text.truncate(self.line);
        }
    }
}

impl Perform for Page {
    fn print(&mut self, character: char) {
        self.begin_anew();
        self.plain.strange = self.plain.strange.saturating_add(usize::from(character == '\u{fffd}'));
        self.plain.text.push(character);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.returned = false;
                self.plain.text.push('\n');
                self.line = self.plain.text.len();
            }
            b'\r' => self.returned = true,
            b'\t' => self.print('\t'),
            0x08 if self.plain.text.len() > self.line => drop(self.plain.text.pop()),
            // Bell, shift in and shift out mean nothing to a reader.
            0x07 | 0x08 | 0x0e | 0x0f => {}
            other => {
                self.plain.strange = self.plain.strange.saturating_add(1);
                self.print(char::from_u32(0x2400_u32.saturating_add(other.into())).unwrap_or('\u{fffd}'));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_output_reads_as_a_screen_would_show_it() {
        let table: [(&str, &[u8], &str); 14] = [
            ("plain", b"one\ntwo\n", "one\ntwo\n"),
            ("tabs stay", b"a\tb", "a\tb"),
            ("colours go", b"\x1b[1;31merror\x1b[0m: x", "error: x"),
            ("links and titles go", b"\x1b]0;title\x07\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"),
            ("CRLF is one line end", b"a\r\nb\r\n", "a\nb\n"),
            ("progress keeps its last state", b" 10%\r 50%\r100%\ndone", "100%\ndone"),
            ("a return at the end changes nothing", b"50%\r", "50%"),
            ("erase after return", b"wait\r\x1b[Kdone\n", "done\n"),
            ("backspace", b"abc\x08\x08X", "aX"),
            ("backspace stops at its line", b"a\n\x08b", "a\nb"),
            ("controls become pictures", b"a\0b\x0bc", "a␀b␋c"),
            ("broken UTF-8", b"a\xffb", "a\u{fffd}b"),
            ("cut character", b"a\xc3", "a\u{fffd}"),
            ("an escape that never ends", b"a\x1b[31", "a"),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(plain(bytes).text, expected, "{name}");
        }
    }

    #[test]
    fn binary_output_is_told_from_text() {
        let every_byte: Vec<u8> = (0..=255).collect();
        assert!(plain(&every_byte).is_binary());
        assert!(!plain("ein schöner Tag\n".as_bytes()).is_binary());
        assert!(!plain(b"").is_binary());
    }
}
