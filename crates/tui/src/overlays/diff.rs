//! Diff: what changed in the workspace, as git sees it.

use super::{Line, Overlay};
use crate::text::sanitize_output;
use crate::theme::Slot;

/// The page.
pub(crate) fn diff(text: &str) -> Overlay {
    let mut lines: Vec<Line> = text.lines().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::of(Slot::Dim, "Nothing has changed since the last commit."));
    }
    Overlay::new("diff", "/ filter · ↑ ↓ PgUp PgDn scroll · Esc close", lines)
}

pub(super) fn line(text: &str) -> Line {
    let is_head = ["diff --git", "index ", "--- ", "+++ ", "new file", "deleted file", "rename "]
        .iter()
        .any(|start| text.starts_with(start));
    let slot = match text.chars().next() {
        _ if is_head => Slot::Heading,
        Some('+') => Slot::Add,
        Some('-') => Slot::Del,
        Some('@') => Slot::Accent,
        Some(_) | None => Slot::Text,
    };
    Line::of(slot, sanitize_output(text))
}
