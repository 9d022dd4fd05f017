//! The same call has given the same result for the last time that it may.

use super::ResultFacts;
use crate::prompts;

pub(super) fn remind(facts: &ResultFacts<'_>) -> Option<String> {
    facts.is_last_round.then(|| prompts::REMINDER_REPEAT.trim().to_owned())
}
