//! A pattern in the answer.

use regex::Regex;
use serde::Deserialize;

use super::Scene;
use crate::output::one_line;

/// Characters of a text that a report quotes.
const QUOTED: usize = 120;

/// A regular expression, checked when the suite is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::commands::eval) struct Pattern(Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Regex::new(&text).map(Self)
    }
}

impl Pattern {
    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches; otherwise how the text begins.
    pub(super) fn holds_in(&self, text: &str) -> Result<(), String> {
        if self.0.is_match(text) { Ok(()) } else { Err(format!("no match in: {}", one_line(text, QUOTED))) }
    }
}

pub(super) fn holds(scene: &Scene<'_>, pattern: &Pattern) -> Result<(), String> {
    pattern.holds_in(scene.answer)
}
