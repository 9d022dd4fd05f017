//! An API key: text that is sent and never shown.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

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

    /// The header of most wires; `None` when the key cannot stand in one.
    pub(crate) fn as_bearer(&self) -> Option<HeaderMap> {
        headers(AUTHORIZATION, &format!("Bearer {}", self.0))
    }

    /// The key alone under this name; `None` when it cannot stand in a header.
    pub(crate) fn as_header(&self, name: HeaderName) -> Option<HeaderMap> {
        headers(name, &self.0)
    }

    /// `text` with every occurrence of the key replaced: servers repeat what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.is_empty() { text.to_owned() } else { text.replace(&self.0, "[key]") }
    }
}

fn headers(name: HeaderName, value: &str) -> Option<HeaderMap> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(HeaderMap::from_iter([(name, value)]))
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
