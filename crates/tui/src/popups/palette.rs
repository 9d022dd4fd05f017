//! The popup of `/`: commands that match the word being written.

use super::fuzzy::Ranker;
use super::{Choices, Row};

/// One command, as the palette knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name, without the slash.
    pub(crate) name: String,
    /// What its arguments are.
    pub(crate) argument_hint: String,
    /// What it does.
    pub(crate) summary: String,
}

impl Entry {
    pub(super) fn row(&self) -> Row {
        let text = format!("/{} {}", self.name, self.argument_hint);
        Row { text: text.trim_end().to_owned(), detail: self.summary.clone() }
    }
}

/// The popup.
#[derive(Clone, Debug, Default)]
pub(crate) struct PalettePopup {
    pub(super) hits: Choices<Entry>,
}

impl PalettePopup {
    /// The entries that match a query, best first; names count, summaries do not.
    pub(super) fn new(entries: &[Entry], query: &str) -> Self {
        let best = Ranker::new().best(query, entries.iter().map(|entry| entry.name.as_str()), entries.len());
        let hits = best.into_iter().filter_map(|place| entries.get(place).cloned()).collect();
        Self { hits: Choices::new(hits) }
    }
}

/// The letters after the slash, while the first word is being written.
pub(super) fn command_word(before_cursor: &str) -> Option<&str> {
    before_cursor.strip_prefix('/').filter(|word| !word.contains(|c: char| c.is_whitespace() || c == '/'))
}
