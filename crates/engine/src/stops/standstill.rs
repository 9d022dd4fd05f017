//! The work stands still: steps that move nothing and bring nothing, or the same failure with the files as they were
//! (HARNESS Z6). The model is asked for another plan first.

use headwater_protocol::EndReason;
use headwater_protocol::views::Headway;

use super::StopFacts;

/// A way to stand still, with the counts at which another plan is asked for and the turn is ended.
struct Standstill {
    count: fn(&Headway) -> u32,
    plan: u32,
    end: u32,
}

/// The ways, from the plainest on.
const WAYS: [Standstill; 3] = [
    Standstill { count: Headway::still_steps, plan: 4, end: 8 },
    Standstill { count: Headway::dull_steps, plan: 12, end: 20 },
    Standstill { count: Headway::recurring_failures, plan: 4, end: 6 },
];

/// Steps that leave coverage, files and todos as they were, after which the model is asked for a plan whatever it has found
/// out meanwhile. Looking around is work: it ends no turn.
const LONG_LOOK: u32 = 30;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let headway = &facts.state.headway;
    WAYS.iter().any(|way| (way.count)(headway) >= way.end).then_some(EndReason::Stalled)
}

pub(super) fn wants_plan(facts: &StopFacts<'_>) -> bool {
    let headway = &facts.state.headway;
    let is_due =
        WAYS.iter().any(|way| (way.count)(headway) >= way.plan) || headway.unmoved_steps() >= LONG_LOOK;
    is_due && !headway.is_replanned
}
