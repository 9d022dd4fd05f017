//! What was sent before: walked with up and down, searched, kept in a file of one JSON string per line.

use super::Draft;

/// Entries kept in memory.
const KEPT: usize = 2_000;
/// Longer texts are not written to the file.
pub(crate) const LONGEST_SAVED: usize = 64 * 1024;

/// Earlier messages, oldest first, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    entries: Vec<String>,
    /// The entry shown now, while walking.
    position: Option<usize>,
    /// What was being written when the walk began.
    draft: Draft,
}

/// Where a step through the history leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    /// An earlier message.
    Entry(String),
    /// Back to what was being written.
    Draft(Draft),
}

impl History {
    /// Puts what a file remembers before what was sent since.
    pub(crate) fn load(&mut self, remembered: Vec<String>) {
        let since = std::mem::take(&mut self.entries);
        for entry in remembered.into_iter().chain(since) {
            self.push(entry);
        }
    }

    /// Adds a message; an equal earlier one gives way.
    pub(crate) fn push(&mut self, entry: String) {
        self.position = None;
        if entry.trim().is_empty() {
            return;
        }
        self.entries.retain(|known| *known != entry);
        self.entries.push(entry);
        if self.entries.len() > KEPT {
            self.entries.remove(0);
        }
    }

    /// One message back; `current` is what is being written, kept for the way back.
    pub(crate) fn older(&mut self, current: Draft) -> Option<Recall> {
        let position = self.position.unwrap_or(self.entries.len()).checked_sub(1)?;
        if self.position.is_none() {
            self.draft = current;
        }
        self.position = Some(position);
        self.entries.get(position).cloned().map(Recall::Entry)
    }

    /// One message forward, at last back to what was being written.
    pub(crate) fn newer(&mut self) -> Option<Recall> {
        let next = self.position? + 1;
        let entry = self.entries.get(next).cloned();
        self.position = entry.is_some().then_some(next);
        Some(entry.map_or_else(|| Recall::Draft(std::mem::take(&mut self.draft)), Recall::Entry))
    }

    /// Ends the walk, as any change of the text does.
    pub(crate) fn stay(&mut self) {
        self.position = None;
    }

    /// All entries, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().rev().map(String::as_str)
    }
}

/// The line of the history file for a message; `None` when it is too long to keep.
pub(crate) fn to_line(entry: &str) -> Option<String> {
    if entry.len() > LONGEST_SAVED {
        return None;
    }
    serde_json::to_string(entry).ok().map(|line| line + "\n")
}

/// The messages of a history file; lines that are none are passed over.
pub(crate) fn from_file(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Recall {
        Recall::Entry(text.to_owned())
    }

    #[test]
    fn a_walk_leads_back_and_forth_and_ends_at_what_was_being_written() {
        let mut history = History::default();
        history.push("sent".into());
        history.load(vec!["old".into(), "sent".into(), "older twice".into()]);
        let draft = Draft { text: "half".into(), cursor: 2 };
        assert_eq!(history.older(draft.clone()), Some(entry("sent")));
        assert_eq!(history.older(Draft::default()), Some(entry("older twice")));
        assert_eq!(history.older(Draft::default()), Some(entry("old")));
        assert_eq!(history.older(Draft::default()), None);
        assert_eq!(history.newer(), Some(entry("older twice")));
        assert_eq!(history.newer(), Some(entry("sent")));
        assert_eq!(history.newer(), Some(Recall::Draft(draft)));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn the_file_keeps_lines_apart_and_survives_garbage() {
        let text =
            [to_line("two\nlines"), Some("{broken\n".into()), to_line("ünï")].map(Option::unwrap).concat();
        assert_eq!(from_file(&text), ["two\nlines", "ünï"]);
        assert_eq!(to_line(&"x".repeat(LONGEST_SAVED + 1)), None);
    }
}
