//! Hard stops (HARNESS Z1, Z6, Z8): pure rules, in the order in which they are asked. To add one: a file
//! here and a line in the list.

mod cost;
mod denials;
mod failures;
mod repeats;
mod steps;
mod time;

use headwater_protocol::{EndReason, Limit, RunState, Timestamp};

/// What a stop may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopFacts<'a> {
    pub(crate) state: &'a RunState,
    pub(crate) limit: &'a Limit,
    pub(crate) now: Timestamp,
}

type Stop = fn(&StopFacts<'_>) -> Option<EndReason>;

const STOPS: &[Stop] = &[steps::stop, cost::stop, time::stop, failures::stop, denials::stop, repeats::stop];

/// The first reason to end the turn before another request is made.
pub(crate) fn check(facts: &StopFacts<'_>) -> Option<EndReason> {
    STOPS.iter().find_map(|stop| stop(facts))
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{ApprovalGiven, RequestSent, ResultStatus, ToolCalled, ToolReturned};
    use headwater_protocol::{
        ApprovalDecision, ApprovalScope, Approver, CallId, Event, Record, Tokens, ToolCall, Usd, View as _,
    };

    use super::*;

    fn apply(state: &mut RunState, event: impl Into<Event>) {
        let at = Timestamp::default();
        state.apply(&Record { seq: 0, at, session: "s".into(), parent: None, event: event.into() });
    }

    fn request(state: &mut RunState) {
        apply(state, RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) });
    }

    fn denied_steps(state: &mut RunState, steps: u32) {
        for _ in 0..steps {
            request(state);
            let decision = ApprovalDecision::Deny { reason: String::new() };
            let (scope, by) = (ApprovalScope::Once, Approver::Nobody);
            apply(state, ApprovalGiven { call: "c".into(), decision, scope, by });
        }
    }

    fn repeated_steps(state: &mut RunState, steps: u32) {
        for step in 0..steps {
            request(state);
            let call = CallId::new(step.to_string());
            let input = serde_json::json!({});
            let request = ToolCall { call: call.clone(), name: "shell".into(), input, malformed: None };
            apply(state, ToolCalled { request });
            let (name, text, status) = ("shell".into(), String::new(), ResultStatus::Repeated);
            let returned = ToolReturned {
                call,
                name,
                is_error: true,
                status,
                text,
                data: serde_json::Value::Null,
                reminders: vec![],
                blobs: vec![],
                files: vec![],
                millis: 0,
            };
            apply(state, returned);
        }
    }

    fn check_with(change: impl FnOnce(&mut RunState), limit: Limit, now: i64) -> Option<EndReason> {
        let mut state = RunState::default();
        change(&mut state);
        check(&StopFacts { state: &state, limit: &limit, now: Timestamp::from_millis(now) })
    }

    #[test]
    fn z1_each_limit_fires_exactly_at_its_number() {
        let steps = Limit { max_steps: Some(3), ..Limit::default() };
        assert_eq!(check_with(|state| state.budget.turn_steps = 2, steps, 0), None);
        assert_eq!(check_with(|state| state.budget.turn_steps = 3, steps, 0), Some(EndReason::MaxSteps));
        let cost = Limit { max_cost_usd: Some(0.5), ..Limit::default() };
        assert_eq!(check_with(|state| state.budget.cost = Usd(0.49), cost, 0), None);
        assert_eq!(check_with(|state| state.budget.cost = Usd(0.5), cost, 0), Some(EndReason::MaxCost));
        let time = Limit { max_seconds: Some(2), ..Limit::default() };
        assert_eq!(check_with(|_| {}, time, 1_999), None);
        assert_eq!(check_with(|_| {}, time, 2_000), Some(EndReason::MaxTime));
    }

    #[test]
    fn z1_three_steps_of_denials_need_a_person() {
        assert_eq!(check_with(|state| denied_steps(state, 2), Limit::default(), 0), None);
        assert_eq!(
            check_with(|state| denied_steps(state, 3), Limit::default(), 0),
            Some(EndReason::NeedsPerson)
        );
    }

    #[test]
    fn z6_two_steps_of_refused_repetitions_are_a_stall() {
        assert_eq!(check_with(|state| repeated_steps(state, 1), Limit::default(), 0), None);
        assert_eq!(
            check_with(|state| repeated_steps(state, 2), Limit::default(), 0),
            Some(EndReason::Stalled)
        );
    }

    #[test]
    fn z8_a_hard_limit_is_named_before_a_stall() {
        let limit = Limit { max_steps: Some(1), ..Limit::default() };
        let both = |state: &mut RunState| {
            repeated_steps(state, 9);
            state.budget.turn_steps = 1;
        };
        assert_eq!(check_with(both, limit, 0), Some(EndReason::MaxSteps));
    }
}
