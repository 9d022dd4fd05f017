//! The popup of `@`: files of the workspace that match the mention being written.

use super::Choices;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileQuery {
    /// The letters after `@`.
    pub(crate) text: String,
}

/// What was found, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileHits {
    /// The query this answers.
    pub(crate) query: FileQuery,
    /// Paths relative to the workspace.
    pub(crate) paths: Vec<String>,
    /// Files known.
    pub(crate) total: usize,
    /// Whether the workspace has been looked through.
    pub(crate) is_complete: bool,
}

/// The popup.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilesPopup {
    /// The byte of the `@` in the composer's text.
    pub(super) start: usize,
    pub(super) query: FileQuery,
    pub(super) hits: Choices<String>,
    total: usize,
    is_complete: bool,
}

impl FilesPopup {
    /// Before anything was found; entries of an earlier query stay until then.
    pub(super) fn new(start: usize, query: FileQuery, earlier: Option<Self>) -> Self {
        let earlier = earlier.unwrap_or_default();
        Self { start, query, ..earlier }
    }

    /// Takes in what was found, unless the query is another one by now.
    pub(super) fn found(&mut self, hits: FileHits) {
        if hits.query == self.query {
            self.hits = Choices::new(hits.paths);
            self.total = hits.total;
            self.is_complete = hits.is_complete;
        }
    }

    pub(super) fn title(&self) -> String {
        let more = if self.is_complete { "" } else { "…" };
        format!("files · {}{more}", self.total)
    }
}

/// The mention that ends at the cursor: where its `@` stands, and the letters after it.
pub(super) fn mention(before_cursor: &str) -> Option<(usize, &str)> {
    let start = before_cursor.rfind(char::is_whitespace).map_or(0, |space| {
        space + before_cursor.get(space..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let letters = before_cursor.get(start..)?.strip_prefix('@')?;
    Some((start, letters))
}

/// A path as it stands in a message; quoted when it has spaces.
pub(super) fn written(path: &str) -> String {
    if path.contains(char::is_whitespace) { format!("@\"{path}\" ") } else { format!("@{path} ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_begins_a_word() {
        let cases = [
            ("@", Some((0, ""))),
            ("see @src/ma", Some((4, "src/ma"))),
            ("mail me@home", None),
            ("@src/a.rs ", None),
            ("漢\u{3000}@a", Some((6, "a"))),
        ];
        for (text, expected) in cases {
            assert_eq!(mention(text), expected, "{text:?}");
        }
        assert_eq!(written("a b.txt"), "@\"a b.txt\" ");
    }
}
