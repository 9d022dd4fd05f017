//! The todo list has not changed for many steps although work goes on.

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

const KEY: &str = "todos_stale";
/// The tool that keeps the list.
const TOOL: &str = "todos";
/// Requests without a change after which it is said, and after which it is said again.
const STEPS: u32 = 10;

pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let state = facts.state;
    let is_open = state.todos.items.iter().any(|todo| todo.status.is_open());
    let has_tool =
        state.session.header.as_ref().is_some_and(|head| head.tools.iter().any(|tool| tool.name == TOOL));
    // Requests of turns before say nothing: the person may have wanted something else.
    let steps = state.reminders.steps_since_todos().min(state.budget.turn_steps);
    let is_due = state.reminders.steps_since(KEY).is_none_or(|since| since >= STEPS);
    let count = steps.to_string();
    let filled = [("{steps}", count.as_str())];
    (is_open && has_tool && steps >= STEPS && is_due)
        .then(|| super::reminder(KEY, Priority::Advice, prompts::REMINDER_TODOS_STALE, &filled))
}
