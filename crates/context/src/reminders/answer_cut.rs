//! The last answer broke off.

use headwater_protocol::views::Idle;

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

/// Once for each such answer.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let is_broken = facts.state.reminders.idle() == Some(Idle::Broken);
    is_broken.then(|| super::reminder("answer_cut", Priority::Correction, prompts::REMINDER_ANSWER_CUT, &[]))
}
