//! Themes, to use another one for this run.

use super::{Line, Overlay, Pick};
use crate::theme::{Slot, Theme};

/// The page.
pub(crate) fn themes() -> Overlay {
    let lines = Theme::names().map(|name| Line::of(Slot::Text, name).picking(Pick::Theme(name))).collect();
    Overlay::new("theme", "Enter uses one · settings keep it: theme = \"…\" · Esc close", lines)
}
