//! Nobody is there to ask, and the model asks for nothing else.

use headwater_protocol::EndReason;

use super::StopFacts;

/// Steps in a row in which calls were denied and none ran, after which only a person can go on.
const MOST_DENIALS: u32 = 3;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    (facts.state.approvals.denied_steps() >= MOST_DENIALS).then_some(EndReason::NeedsPerson)
}
