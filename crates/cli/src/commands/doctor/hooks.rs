//! Hooks: what runs, what waits for a yes, what cannot be used.

use super::finding::Section;
use crate::hooks;
use crate::output::one_line;
use crate::premises::Premises;

/// Columns of a command.
const WIDTH: usize = 100;

pub(super) fn check(premises: &Premises) -> Section {
    let mut section = Section::new("hooks");
    let (hooks, warnings) = hooks::places(premises).survey();
    if hooks.is_empty() && warnings.is_empty() {
        section.note("none", "no hooks.json of yours, and none of this project");
    }
    for hook in hooks {
        let point = format!("{:?}", hook.point);
        let what = format!("{} ({})", one_line(&hook.command, WIDTH), hook.source);
        match hook.disabled {
            None => section.ok(point, what),
            Some(why) => section.note(point, format!("{what} does not run: {why}")),
        }
    }
    for warning in warnings {
        section.note("to know", warning);
    }
    section
}
