//! An API key: text that is sent and never shown.

use std::fmt;

/// An API key. Neither `Debug` nor any error of this crate shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Wraps a key; blanks and line ends around it, as files and clipboards add them, are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The key itself, for the one header it belongs in and for whoever stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with every occurrence of the key replaced: servers repeat what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.is_empty() { text.to_owned() } else { text.replace(&self.0, "[key]") }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = Key::new(" sk-secret\n");
        assert_eq!(format!("{key:?}"), "Key([hidden])");
        assert_eq!(key.redact("wrong key sk-secret!"), "wrong key [key]!");
        assert_eq!(Key::new(" ").redact("as it was"), "as it was");
    }
}
