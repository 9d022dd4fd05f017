//! Applying a replacement to a text, with the text's own line ends.

use std::borrow::Cow;

use super::failure::Refusal;
use super::ladder::{Found, find, line_of};
use crate::text::has_only_crlf;

/// A replacement as the model asked for it.
pub(super) struct Replacement<'a> {
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    /// Whether every occurrence is meant.
    pub(super) all: bool,
}

/// A text after a replacement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edited {
    pub(super) text: String,
    /// How often something was replaced, and at which line first.
    count: usize,
    line: usize,
    /// What had to be looked past; `None` when `old` was exact.
    past: Option<&'static str>,
}

impl Edited {
    /// What was done, in a few words.
    pub(super) fn summary(&self) -> String {
        let line = self.line;
        let past = self.past.map_or(String::new(), |past| format!(", where `old` fits apart from {past}"));
        match self.count {
            1 => format!("1 replacement at line {line}{past}"),
            count => format!("{count} replacements, the first at line {line}"),
        }
    }
}

/// Applies `wanted` to `text`, wholly or not at all.
pub(super) fn apply(text: &str, wanted: &Replacement<'_>) -> Result<Edited, Refusal> {
    let Replacement { old, new, all } = *wanted;
    if old.is_empty() {
        return Err(Refusal::EmptyOld);
    }
    if old == new {
        return Err(Refusal::NoChange);
    }
    let Found { places, past } = find(text, old, all)?;
    let is_crlf = has_only_crlf(text);
    let mut edited = String::with_capacity(text.len() + new.len());
    let mut done = 0;
    for place in &places {
        edited.push_str(text.get(done..place.start).unwrap_or_default());
        let part = text.get(place.clone()).unwrap_or_default();
        edited.push_str(&if past.is_some() && has_only_lf(part) {
            // `old` did not fit exactly, so CRLF in it and in `new` may be a mistake about this file.
            Cow::Owned(new.replace("\r\n", "\n"))
        } else {
            with_line_ends(part, is_crlf, new)
        });
        done = place.end;
    }
    edited.push_str(text.get(done..).unwrap_or_default());
    if edited == text {
        return Err(Refusal::NoChange);
    }
    let line = line_of(text, places.first().map_or(0, |place| place.start));
    Ok(Edited { text: edited, count: places.len(), line, past })
}

fn has_only_lf(part: &str) -> bool {
    part.contains('\n') && !part.contains("\r\n")
}

/// `new` with CRLF line ends where the replaced `part` has only those, or has none and the file is `is_crlf`.
fn with_line_ends<'a>(part: &str, is_crlf: bool, new: &'a str) -> Cow<'a, str> {
    let wants_crlf = if part.contains('\n') { has_only_crlf(part) } else { is_crlf };
    if !wants_crlf || !new.contains('\n') {
        return Cow::Borrowed(new);
    }
    Cow::Owned(new.replace("\r\n", "\n").replace('\n', "\r\n"))
}
