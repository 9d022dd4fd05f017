//! What was said and done, as attributes: only where the person asked for it.

use serde_json::json;

/// Bytes of a text that an attribute holds at most.
const MOST: usize = 16 * 1024;

/// Whether spans hold texts, or only figures and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The default.
    Absent,
    /// Prompts, answers, arguments and results, shortened.
    Included,
}

impl Content {
    /// A text, if texts are wanted.
    pub(super) fn text(self, text: &str) -> Option<String> {
        (self == Self::Included && !text.is_empty()).then(|| shortened(text))
    }

    /// A message in the form of the conventions, if texts are wanted.
    pub(super) fn message(self, role: &str, text: &str) -> Option<String> {
        let text = self.text(text)?;
        Some(json!([{"role": role, "parts": [{"type": "text", "content": text}]}]).to_string())
    }
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(MOST);
    match text.get(..end) {
        Some(head) if end < text.len() => format!("{head}…"),
        Some(_) | None => text.to_owned(),
    }
}
