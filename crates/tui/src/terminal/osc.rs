//! Operating system commands: the title, the clipboard, notifications.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most text that is sent to a clipboard: terminals drop longer sequences (74 KB after encoding).
const COPY_LIMIT: usize = 55_000;

/// Sets the title of the terminal; `text` must be sanitized.
pub(crate) fn title(text: &str) -> Vec<u8> {
    format!("\x1b]0;{text}\x07").into_bytes()
}

/// Puts a text into the clipboard, also through tmux and SSH; `None` when it is too long for terminals.
pub(crate) fn copy(text: &str, is_tmux: bool) -> Option<Vec<u8>> {
    if text.len() > COPY_LIMIT {
        return None;
    }
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let wrapped = if is_tmux {
        // tmux takes the sequence itself when set-clipboard allows, else it hands on what is wrapped.
        format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"))
    } else {
        plain
    };
    Some(wrapped.into_bytes())
}

/// A notification of the desktop, for terminals which know OSC 9.
pub(crate) fn notification(text: &str) -> Vec<u8> {
    format!("\x1b]9;{text}\x07").into_bytes()
}

/// The bell.
pub(crate) fn bell() -> Vec<u8> {
    b"\x07".to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_carries_the_source_text() {
        assert_eq!(copy("hi\n", false).unwrap(), b"\x1b]52;c;aGkK\x07");
        let tmux = String::from_utf8(copy("hi", true).unwrap()).unwrap();
        assert!(tmux.contains("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"));
        assert_eq!(copy(&"x".repeat(COPY_LIMIT + 1), false), None);
    }
}
