//! The shapes of tokens, from `assets/secrets.toml`.

use std::sync::{Arc, LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::spots::{Found, Spot};

/// The data; a test reads all of it.
const DATA: &str = include_str!("../../../../assets/secrets.toml");
/// How much of a token that has begun is waited for while a text arrives.
const LONGEST_WAIT: usize = 16 * 1024;
/// How far back an escape sequence may begin that ends right before a token.
const LONGEST_ESCAPE: usize = 16;

/// The shapes, read once.
pub(super) static SHAPES: LazyLock<Vec<Shape>> =
    LazyLock::new(|| toml::from_str::<Table>(DATA).map(|table| table.shape).unwrap_or_default());

#[derive(Deserialize)]
struct Table {
    shape: Vec<Shape>,
}

/// The shape of a kind of token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    name: Arc<str>,
    /// The letters it may begin with.
    pub(super) starts: Vec<String>,
    pattern: String,
    #[serde(default)]
    is_mixed: bool,
    #[serde(default)]
    run: usize,
    #[serde(default)]
    is_lines: bool,
    /// Made when the first start is met.
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

impl Shape {
    /// What stands at `at`, a boundary where one of the starts was found, `length` bytes of it.
    pub(super) fn at(&self, text: &[u8], at: usize, length: usize) -> Found {
        let rest = text.get(at..).unwrap_or_default();
        let captures = self.regex().and_then(|regex| regex.captures(rest));
        let whole = captures.as_ref().and_then(|captures| captures.get(0));
        let ends_here = whole.is_some_and(|whole| whole.end() == rest.len());
        let secret = captures.as_ref().and_then(|captures| captures.name("secret")).or(whole);
        let spot = secret.filter(|secret| self.is_one(secret.as_bytes())).filter(|secret| {
            let next = rest.get(secret.end()).copied().unwrap_or(b' ');
            !is_letter(next)
        });
        Found {
            spot: spot.map(|secret| Spot {
                lead: at,
                start: at + secret.start(),
                end: at + secret.end(),
                label: Arc::clone(&self.name),
            }),
            is_open: ends_here || (whole.is_none() && self.may_go_on(rest, length)),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| {
            RegexBuilder::new(&format!(r"\A(?:{})", self.pattern)).unicode(false).build().ok()
        });
        compiled.as_ref()
    }

    /// What the pattern cannot say.
    fn is_one(&self, secret: &[u8]) -> bool {
        let is_mixed = secret.iter().any(u8::is_ascii_digit) && secret.iter().any(u8::is_ascii_alphabetic);
        let in_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let has_run = || secret.split(|byte| !in_base64(byte)).any(|run| run.len() >= self.run);
        (is_mixed || !self.is_mixed) && (self.run == 0 || has_run())
    }

    /// Whether a text that ends within the token may still become one.
    fn may_go_on(&self, rest: &[u8], length: usize) -> bool {
        let after = rest.get(length..).unwrap_or_default();
        let is_one_word = !after.iter().any(u8::is_ascii_whitespace);
        after.len() < LONGEST_WAIT && (is_one_word || (self.is_lines && is_key_so_far(rest)))
    }
}

/// Whether what follows the first line's beginning is that of a private key.
fn is_key_so_far(rest: &[u8]) -> bool {
    let first = rest.get(..rest.len().min(64)).unwrap_or_default();
    first.len() < 40 || first.windows(11).any(|part| part == b"PRIVATE KEY")
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a token may begin at `at`: at no letter, behind the `_` of a name, or right after an escape sequence that
/// colours it.
pub(super) fn is_boundary(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|last| text.get(last)) else { return true };
    let begins_a_scheme = text.get(at) == Some(&b':');
    if !before.is_ascii_alphanumeric() || begins_a_scheme {
        return true;
    }
    let back = text.get(at.saturating_sub(LONGEST_ESCAPE)..at).unwrap_or_default();
    let Some(escape) = back.iter().rposition(|byte| *byte == 0x1b) else { return false };
    let sequence = back.get(escape + 1..).unwrap_or_default();
    let (Some(b'['), Some(inner)) = (sequence.first(), sequence.get(1..sequence.len().saturating_sub(1)))
    else {
        return false;
    };
    inner.iter().all(|byte| byte.is_ascii_digit() || *byte == b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shapes_are_read_and_their_patterns_begin_as_they_say() {
        toml::from_str::<Table>(DATA).unwrap();
        assert!(SHAPES.len() >= 18);
        for shape in SHAPES.iter() {
            assert!(shape.regex().is_some(), "{}", shape.pattern);
            assert!(!shape.starts.is_empty() && shape.starts.iter().all(|start| start.len() >= 3));
        }
    }
}
