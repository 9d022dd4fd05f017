//! The keymap: every action by the name that the `[keys]` table of the settings knows, with all its keys.

use super::{Line, Overlay};
use crate::app::App;
use crate::keymap::{Action, Focus};
use crate::theme::Slot;

/// Columns of the names.
const NAME_COLUMNS: usize = 22;

/// The page.
pub(crate) fn keymap(app: &App) -> Overlay {
    let mut lines = Vec::new();
    for focus in Focus::ALL {
        lines.push(Line::of(Slot::Heading, focus.key()));
        for action in Action::ALL.iter().filter(|action| action.focus() == focus) {
            let name = format!("  {:<NAME_COLUMNS$} ", action.key());
            lines.push(Line::of(Slot::Text, name).and(Slot::Accent, app.config.keymap.shown(*action)));
        }
    }
    Overlay::new("keys", "[keys] in the settings: name = [\"key\", …] · / filter · Esc close", lines)
}
