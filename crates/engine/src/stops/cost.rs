//! The cost limit of the session, as far as prices are known.

use headwater_protocol::EndReason;

use super::StopFacts;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let limit = facts.limit.max_cost_usd?;
    (facts.state.budget.cost.0 >= limit).then_some(EndReason::MaxCost)
}
