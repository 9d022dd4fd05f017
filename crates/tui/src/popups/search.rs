//! The popup of Ctrl+F: search in the source texts of the transcript.

/// The popup.
#[derive(Clone, Debug, Default)]
pub(crate) struct SearchPopup {
    query: String,
    hits: usize,
}

impl SearchPopup {
    /// What was typed.
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// Takes in how many places were found.
    pub(super) fn found(&mut self, hits: usize) {
        self.hits = hits;
    }

    pub(super) fn push(&mut self, text: &str) {
        self.query.push_str(text);
    }

    pub(super) fn delete_back(&mut self) {
        self.query.pop();
    }

    pub(super) fn title(&self) -> String {
        let found = match (self.query.is_empty(), self.hits) {
            (true, _) => String::new(),
            (false, 1) => " · 1 place".to_owned(),
            (false, hits) => format!(" · {hits} places"),
        };
        format!("search: {}{found} · ↑ ↓ · Esc ends", self.query)
    }
}
