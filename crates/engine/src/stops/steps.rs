//! The step limit: exactly `max_steps` requests a turn.

use headwater_protocol::EndReason;

use super::StopFacts;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let limit = facts.limit.max_steps?;
    (facts.state.budget.turn_steps >= limit).then_some(EndReason::MaxSteps)
}
