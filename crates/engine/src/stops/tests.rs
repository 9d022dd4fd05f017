//! Every stop at its number and not beside it, and runs that go somewhere or nowhere.

mod bad_runs;
mod good_runs;
mod play;
mod recorded;

use headwater_protocol::events::{ApprovalGiven, AssistantMessage, RequestSent};
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Approver, Event, Record, StopSignal, Tokens, Usd, View as _,
};

use self::play::Play;
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
        apply(state, ApprovalGiven { call: "c".into(), decision, scope, by, rules: vec![] });
    }
}

fn idle_messages(state: &mut RunState, messages: u32) {
    for _ in 0..messages {
        let (text, stop) = ("and so on".to_owned(), StopSignal::Length);
        apply(state, AssistantMessage { text, blocks: vec![], origin: String::new(), stop });
    }
}

fn repeated_steps(state: &mut RunState, steps: u32) {
    let mut play = Play::of(std::mem::take(state));
    for step in 0..steps {
        play.step().refused("shell", &step.to_string());
    }
    *state = play.state;
}

fn failed_steps(state: &mut RunState, steps: u32) {
    let mut play = Play::of(std::mem::take(state));
    for step in 0..steps {
        play.step().call("shell", &step.to_string()).fails(&format!("error {step}"));
    }
    *state = play.state;
}

/// Steps that bring the same failure by other calls: they stand still and are no repetition.
fn still_steps(state: &mut RunState, steps: u32) {
    let mut play = Play::of(std::mem::take(state));
    play.step().call("shell", "first").fails("permission denied");
    for step in 0..steps {
        play.step().call("shell", &step.to_string()).fails("permission denied");
    }
    *state = play.state;
}

fn facts_of(state: &RunState) -> StopFacts<'_> {
    const NONE: Limit = Limit {
        max_steps: None,
        max_cost_usd: None,
        max_seconds: None,
        max_failures: None,
        max_approval_seconds: None,
    };
    StopFacts { state, limit: &NONE, now: Timestamp::default() }
}

fn check_with(change: impl FnOnce(&mut RunState), limit: Limit, now: i64) -> Option<EndReason> {
    let mut state = RunState::default();
    change(&mut state);
    check(&StopFacts { state: &state, limit: &limit, now: Timestamp::from_millis(now) })
}

/// A stop, the limits it needs, a state in which something has happened so often, and the number at which it fires.
type Case = (EndReason, Limit, fn(&mut RunState, u32), u32);

#[test]
fn b4_each_stop_fires_exactly_at_its_number() {
    let none = Limit::default();
    let table: [Case; 8] = [
        (
            EndReason::MaxSteps,
            Limit { max_steps: Some(3), ..none },
            |state, count| (0..count).for_each(|_| request(state)),
            3,
        ),
        (
            EndReason::MaxCost,
            Limit { max_cost_usd: Some(0.5), ..none },
            |state, count| state.budget.cost = Usd(f64::from(count) / 10.0),
            5,
        ),
        (EndReason::Failures, Limit { max_failures: Some(4), ..none }, failed_steps, 4),
        (EndReason::NeedsPerson, none, denied_steps, 3),
        (EndReason::Stalled, none, repeated_steps, 2),
        (EndReason::Stalled, none, idle_messages, 3),
        (EndReason::Stalled, none, still_steps, 8),
        (EndReason::MaxTime, Limit { max_seconds: Some(2), ..none }, |_, _| {}, 2_000),
    ];
    for (reason, limit, change, number) in table {
        let at = |count: u32| {
            let now = if reason == EndReason::MaxTime { count.into() } else { 0 };
            check_with(|state| change(state, count), limit, now)
        };
        assert_eq!(at(number - 1), None, "{reason:?} before its number");
        assert_eq!(at(number), Some(reason), "at its number");
    }
}

#[test]
fn z1_every_end_says_what_now_and_has_its_exit_code() {
    let table = [
        (EndReason::Done, 0),
        (EndReason::Error, 1),
        (EndReason::NeedsPerson, 3),
        (EndReason::ContractUnmet, 4),
        (EndReason::MaxSteps, 5),
        (EndReason::MaxCost, 5),
        (EndReason::MaxTime, 5),
        (EndReason::Stalled, 5),
        (EndReason::Failures, 5),
        (EndReason::WindowFull, 5),
        (EndReason::HookStop, 5),
        (EndReason::BudgetSpent, 5),
        (EndReason::ProviderFailed, 6),
        (EndReason::Interrupted, 130),
        (EndReason::Terminated, 143),
    ];
    for (reason, code) in table {
        assert_eq!(reason.exit_code(), code, "{reason:?}");
        let words = reason.what_now();
        assert!(words.ends_with('.') && words.len() < 200, "{reason:?}: {words}");
        let says_what_to_do = [";", "above"].iter().any(|sign| words.contains(sign));
        assert!(says_what_to_do || reason == EndReason::Done, "{reason:?} does not say what now: {words}");
    }
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

#[test]
fn z6_another_plan_is_asked_for_once_before_the_turn_ends() {
    let mut state = RunState::default();
    still_steps(&mut state, 3);
    assert!(!wants_plan(&facts_of(&state)), "not after three steps");
    let mut play = Play::of(state);
    for step in 3..8 {
        assert_eq!((play.end(), play.replans), (None, u32::from(step > 4)), "step {step}");
        play.step().call("shell", &step.to_string()).fails("permission denied");
    }
    assert_eq!((play.end(), play.replans), (Some(EndReason::Stalled), 1));
}
