//! Doctor: the report of the program about itself and its surroundings, with what is wrong set off.

use super::{Line, Overlay};
use crate::text::sanitize_output;
use crate::theme::Slot;

/// The page.
pub(crate) fn doctor(report: &str) -> Overlay {
    Overlay::new("doctor", "/ filter · ↑ ↓ PgUp PgDn scroll · Esc close", report.lines().map(line).collect())
}

fn line(text: &str) -> Line {
    let words = text.trim_start();
    let slot = match text.len().saturating_sub(words.len()) {
        0 => Slot::Heading,
        _ if words.starts_with("PROBLEM") => Slot::Error,
        _ if words.starts_with("note") => Slot::Warn,
        _ => Slot::Text,
    };
    Line::of(slot, sanitize_output(text))
}
