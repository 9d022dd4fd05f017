//! The time limit of the turn, waiting for the person not counted. It holds between steps; without a person
//! the actor's timer holds it within a step as well.

use headwater_protocol::EndReason;

use super::StopFacts;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let limit = facts.limit.max_seconds?.saturating_mul(1_000);
    let elapsed = facts.now.millis_since(facts.state.budget.turn_started);
    let spent = elapsed.saturating_sub(facts.state.phase.waited_millis);
    (spent >= limit).then_some(EndReason::MaxTime)
}
