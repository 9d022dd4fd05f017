//! The popup of Ctrl+R: messages sent before, newest first.

use super::Choices;
use crate::composer::History;

/// Matches shown.
const MOST_HITS: usize = 100;

/// The popup.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryPopup {
    query: String,
    pub(super) hits: Choices<String>,
}

impl HistoryPopup {
    /// Everything, nothing typed yet.
    pub(super) fn new(history: &History) -> Self {
        let mut popup = Self::default();
        popup.refresh(history);
        popup
    }

    /// What was typed.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    pub(super) fn push(&mut self, text: &str, history: &History) {
        self.query.push_str(text);
        self.refresh(history);
    }

    pub(super) fn delete_back(&mut self, history: &History) {
        self.query.pop();
        self.refresh(history);
    }

    fn refresh(&mut self, history: &History) {
        let wanted = self.query.to_lowercase();
        let matches = history.newest_first().filter(|entry| entry.to_lowercase().contains(&wanted));
        self.hits = Choices::new(matches.take(MOST_HITS).map(str::to_owned).collect());
    }
}
