//! The last message was empty.

use headwater_protocol::views::Idle;

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

/// Once for each such message.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let is_empty = facts.state.reminders.idle() == Some(Idle::Empty);
    is_empty.then(|| super::reminder("empty_reply", Priority::Correction, prompts::REMINDER_EMPTY_REPLY, &[]))
}
