//! Output styles: what each is and where it lies, which holds now and from the next session on.

use super::{Line, Overlay};
use crate::setup::StyleLine;
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn styles(styles: &[StyleLine], now: &str, next: Option<&str>) -> Overlay {
    let lines = styles.iter().flat_map(|style| entry(style, now, next)).collect();
    Overlay::new("output styles", "/output-style NAME, for the next session · / filter · Esc close", lines)
}

fn entry(style: &StyleLine, now: &str, next: Option<&str>) -> [Line; 2] {
    let is_usable = style.problem.is_none();
    let mark = match (style.name == now && is_usable, next == Some(style.name.as_str()) && is_usable) {
        (true, _) => "  holds in this session",
        (false, true) => "  from the next session on",
        (false, false) => "",
    };
    let (slot, says) = match &style.problem {
        None => (Slot::Ok, style.description.as_str()),
        Some(why) => (Slot::Warn, why.as_str()),
    };
    let words = says.split_whitespace().collect::<Vec<_>>().join(" ");
    [
        Line::of(slot, sanitize(&style.name)).and(Slot::Accent, mark),
        Line::of(Slot::Text, format!("    {}", sanitize(&words)))
            .and(Slot::Dim, format!("  {}", sanitize(&style.source))),
    ]
}
