//! The time limit of the turn, between steps; within a step the actor's timer holds it.

use headwater_protocol::EndReason;

use super::StopFacts;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let limit = facts.limit.max_seconds?.saturating_mul(1_000);
    let spent = facts.now.millis_since(facts.state.budget.turn_started);
    (spent >= limit).then_some(EndReason::MaxTime)
}
