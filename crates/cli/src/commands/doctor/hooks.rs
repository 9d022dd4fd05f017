//! Hooks: what runs, what waits for a yes, what cannot be used; and the plugins that bring some.

use super::finding::Section;
use crate::hooks;
use crate::output::one_line;
use crate::premises::Premises;
use crate::user_commands;

/// Columns of a command.
const WIDTH: usize = 100;

pub(super) fn check(premises: &Premises) -> Section {
    let mut section = Section::new("hooks");
    let (hooks, warnings) = hooks::places(premises).survey();
    if hooks.is_empty() && warnings.is_empty() {
        section.note("none", "no hooks.json of yours, and none of this project");
    }
    for plugin in user_commands::plugins(premises) {
        section.note("plugin", format!("{} in {}", plugin.name, plugin.root.display()));
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
