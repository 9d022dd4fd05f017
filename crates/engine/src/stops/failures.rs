//! Steps in a row in which every call failed.

use headwater_protocol::EndReason;

use super::StopFacts;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let limit = facts.limit.max_failures?;
    (facts.state.progress.failed_steps() >= limit).then_some(EndReason::Failures)
}
