//! The person or a hook changed a call before it ran: the model's own message says something else.

use super::ResultFacts;

pub(super) fn remind(facts: &ResultFacts<'_>) -> Option<String> {
    let ran = facts.ran_instead?;
    Some(format!("The person, or a hook of theirs, changed this call before it ran. What ran: {ran}"))
}
