//! The window fills up: what is read from here on makes older messages go.

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::pressure::Pressure;
use crate::prompts;

const KEY: &str = "context_pressure";
/// The part of the window from which on it is said, in percent.
const FULL: u64 = 70;
/// The limit for which that is so, in percent of the window; where long answers bring it down it is said sooner.
const USUAL_LIMIT: u64 = 85;
/// Requests between two of them at least.
const STEPS: u32 = 10;

/// Again when the conversation was made smaller and has grown back.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let reminders = &facts.state.reminders;
    let is_recent = reminders.steps_since(KEY).is_some_and(|steps| steps < STEPS);
    if is_recent || reminders.was_told_since_edit(KEY) {
        return None;
    }
    let pressure = Pressure::of(facts.state, facts.thresholds)?;
    let (used, limit) = (pressure.percent(pressure.size), pressure.percent(pressure.limit));
    // What is too large is made smaller at once: it would not be true any more.
    if used < FULL.min(FULL * limit / USUAL_LIMIT) || pressure.is_high() {
        return None;
    }
    let (used, limit) = (used.to_string(), limit.to_string());
    let filled = [("{used}", used.as_str()), ("{limit}", limit.as_str())];
    Some(super::reminder(KEY, Priority::Advice, prompts::REMINDER_CONTEXT_PRESSURE, &filled))
}
