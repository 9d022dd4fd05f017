//! The last message was cut off at the output limit.

use headwater_protocol::views::Idle;

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

/// Once for each such message.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let is_cut = facts.state.reminders.idle() == Some(Idle::CutShort);
    is_cut.then(|| super::reminder("output_limit", Priority::Correction, prompts::REMINDER_OUTPUT_LIMIT, &[]))
}
