//! Every call of the last steps failed.

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

const KEY: &str = "repeated_failure";
/// Failed steps in a row after which it is said, and after which it is said again.
const STEPS: u32 = 3;

pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let failed = facts.state.progress.failed_steps();
    let is_due = facts.state.reminders.steps_since(KEY).is_none_or(|steps| steps >= STEPS);
    let steps = failed.to_string();
    let filled = [("{steps}", steps.as_str())];
    (failed >= STEPS && is_due)
        .then(|| super::reminder(KEY, Priority::Correction, prompts::REMINDER_REPEATED_FAILURE, &filled))
}
