//! Nobody is there to ask, and the model asks for nothing else.

use headwater_protocol::EndReason;

use super::StopFacts;

/// Denied calls in a row, with none that ran between, after which only a person can go on.
const MOST_DENIALS: u32 = 3;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    (facts.state.approvals.denials_in_a_row >= MOST_DENIALS).then_some(EndReason::NeedsPerson)
}
