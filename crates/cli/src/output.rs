//! The two streams of the process: answers on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write as _};

/// Writes to standard output. A reader that has left is no error: whoever wanted the rest would still be there.
pub(crate) fn print(text: &str) -> io::Result<()> {
    match print_or_tell(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Writes to standard output, and says so when the reader has left.
pub(crate) fn print_or_tell(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a line to standard error. Where even that fails there is nobody left to tell.
pub(crate) fn note(line: &str) {
    let mut stderr = io::stderr().lock();
    stderr.write_all(line.as_bytes()).and_then(|()| stderr.write_all(b"\n")).ok();
}

/// Whether standard error takes colour: a terminal, and nobody said no (no-color.org; TERM=dumb).
pub(crate) fn has_colour() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal()
        && !is_set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Text as a terminal may see it: control characters, which could move the cursor or worse, become `�`, and so do
/// the marks that turn the direction of text around.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            _ if character.is_control() => '\u{fffd}',
            _ => character,
        })
        .collect()
}

/// The first line of a text, at most `limit` characters of it, without control characters.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let shown: String = without_controls(line).chars().take(limit).collect();
    if shown.chars().count() < text.trim().chars().count() {
        format!("{}…", shown.trim_end())
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_never_reach_the_terminal() {
        assert_eq!(
            without_controls("a\x1b[2Jb\r\n\tc\u{9b}31m\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}\n\tc\u{fffd}31m\u{fffd}d"
        );
    }

    #[test]
    fn one_line_says_when_there_is_more() {
        let cases =
            [("short", 10, "short"), ("two\nlines", 10, "two…"), ("a long line", 6, "a long…"), ("", 5, "")];
        for (text, limit, expected) in cases {
            assert_eq!(one_line(text, limit), expected);
        }
    }
}
