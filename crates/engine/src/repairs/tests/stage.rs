//! Sessions as an undisturbed engine records them, a step at a time.

use headwater_protocol::context_edit::{ContextEdit, ContextEditPlan, EditKind, EditReason};
use headwater_protocol::events::{
    ApprovalGiven, ApprovalRequested, AssistantBlock, AssistantMessage, CallsGated, ChildReturned,
    ChildStarted, ChildStatus, ContextEdited, Failed, Header, RequestSent, ResultStatus, SessionStarted,
    SummaryAsk, SummaryRequested, ToolCalled, ToolReturned, TurnEnded, TurnStarted, UsageReported,
    UserMessage,
};

use headwater_protocol::repl::ChildKind;

use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Approver, CallId, EndReason, ModeId, ModelInfo, Record, StopSignal,
    Timestamp, Tokens, ToolCall, Usage,
};
use proptest::prelude::*;

use super::*;

/// What happens in a step of a turn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// So many parallel calls; the first may ask, and be answered.
    Calls { count: usize, asks: bool, is_allowed: bool },
    /// A summary that is asked for, and takes effect or not.
    Summary { is_made: bool },
    /// So many children.
    Children(usize),
    /// A request that nobody answers.
    Silence,
    /// Something fails for good.
    Failure,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..4, any::<bool>(), any::<bool>())
            .prop_map(|(count, asks, is_allowed)| Step::Calls { count, asks, is_allowed }),
        1 => any::<bool>().prop_map(|is_made| Step::Summary { is_made }),
        1 => (1usize..3).prop_map(Step::Children),
        1 => Just(Step::Silence),
        1 => Just(Step::Failure),
    ]
}

/// A session of turns of such steps, as an undisturbed engine records it.
pub(super) fn session(turns: &[Vec<Step>]) -> Vec<Record> {
    let header = Header { system: "s".into(), tools: [].into() };
    let started = SessionStarted {
        schema: 2,
        version: String::new(),
        workspace: "/w".into(),
        vendor: "v".into(),
        model: ModelInfo::unknown("m"),
        mode: ModeId::Agent,
        header,
    };
    let mut events: Vec<Event> = vec![started.into()];
    for (number, steps) in (1..).zip(turns) {
        events.push(UserMessage { text: "go".into() }.into());
        events.push(TurnStarted { turn: number, mode: ModeId::Agent }.into());
        for (at, step) in steps.iter().enumerate() {
            let after = events.len() as u64;
            events.extend(records_of(*step, &format!("t{number}s{at}"), after));
        }
        let is_done = !steps.iter().any(|step| matches!(step, Step::Silence | Step::Failure));
        let reason = if is_done { EndReason::Done } else { EndReason::Error };
        events.push(TurnEnded { turn: number, reason, text: "ok".into(), denied: 0, steps: 1 }.into());
    }
    numbered(events)
}

pub(super) fn numbered(events: Vec<Event>) -> Vec<Record> {
    (0..).zip(events).map(|(seq, event)| record(seq, event)).collect()
}

pub(super) fn record(seq: u64, event: Event) -> Record {
    Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event }
}

pub(super) fn records_of(step: Step, name: &str, after: u64) -> Vec<Event> {
    let sent = || Event::from(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(9) });
    let usage = Usage { input: Tokens(8), ..Usage::default() };
    let reported = || Event::from(UsageReported { usage, cost_usd: None, millis: 1 });
    match step {
        Step::Calls { count, asks, is_allowed } => {
            let ids: Vec<CallId> = (0..count).map(|at| CallId::new(format!("{name}c{at}"))).collect();
            let mut events = vec![sent(), said(&ids)];
            events.extend(ids.iter().map(called));
            events.push(reported());
            if asks && let Some(call) = ids.first() {
                events.extend([gated(false), asked(call), answered(call, is_allowed), gated(true)]);
            }
            let status = if asks && !is_allowed { ResultStatus::Denied } else { ResultStatus::Ran };
            events.extend(ids.iter().map(|call| returned(call, status)));
            events
        }
        Step::Summary { is_made } => {
            let ask = SummaryAsk { before: after, words: 9, attempt: 1, ..SummaryAsk::default() };
            let asked = SummaryRequested { ask, digest: String::new(), tokens: Tokens(5) };
            let edits = vec![ContextEdit::Summarize { before: after, text: "sum".into(), keep: vec![1] }];
            let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits };
            let edited =
                ContextEdited { kind: EditKind::Summarize, before: Tokens(9), after: Tokens(8), plan };
            let made = is_made.then_some(edited.into());
            [asked.into(), reported()].into_iter().chain(made).collect()
        }
        Step::Children(count) => {
            let of = |at| {
                let child = format!("{name}k{at}");
                [started(&child), child_back(&child)]
            };
            (0..count).flat_map(of).collect()
        }
        Step::Silence => vec![sent()],
        Step::Failure => {
            vec![Failed { kind: "k".into(), message: "m".into(), next_step: "n".into() }.into()]
        }
    }
}

pub(super) fn said(calls: &[CallId]) -> Event {
    let blocks = std::iter::once(AssistantBlock::Text { bytes: 2 })
        .chain(calls.iter().map(|call| AssistantBlock::Call { call: call.clone() }))
        .collect();
    let stop = if calls.is_empty() { StopSignal::EndTurn } else { StopSignal::ToolCalls };
    AssistantMessage { text: "ok".into(), blocks, origin: "v/m".into(), stop }.into()
}

pub(super) fn called(call: &CallId) -> Event {
    let input = serde_json::json!({});
    let request = ToolCall { call: call.clone(), name: "shell".into(), input, malformed: None };
    ToolCalled { request }.into()
}

pub(super) fn gated(is_passed: bool) -> Event {
    CallsGated { is_passed, unredacted: Vec::new() }.into()
}

pub(super) fn asked(call: &CallId) -> Event {
    ApprovalRequested {
        call: call.clone(),
        rule: "r".into(),
        why: "w".into(),
        offers: vec![],
        effect: String::new(),
        is_catastrophic: false,
        input: None,
    }
    .into()
}

pub(super) fn answered(call: &CallId, is_allowed: bool) -> Event {
    let deny = ApprovalDecision::Deny { reason: String::new() };
    let decision = if is_allowed { ApprovalDecision::Allow } else { deny };
    let (scope, by) = (ApprovalScope::Once, Approver::Person);
    ApprovalGiven { call: call.clone(), decision, scope, by, rules: vec![] }.into()
}

pub(super) fn returned(call: &CallId, status: ResultStatus) -> Event {
    ToolReturned {
        is_error: status != ResultStatus::Ran,
        status,
        ..ToolReturned::ran(call.clone(), "shell".into(), "r".into())
    }
    .into()
}

pub(super) fn started(child: &str) -> Event {
    ChildStarted {
        child: child.into(),
        cell: None,
        kind: ChildKind::Llm,
        depth: 1,
        model: "v/m".into(),
        prompt: vec![],
        key: child.into(),
        opened: None,
    }
    .into()
}

pub(super) fn child_back(child: &str) -> Event {
    ChildReturned {
        child: child.into(),
        status: ChildStatus::Ok,
        text: "a".into(),
        usage: Usage::default(),
        cost_usd: None,
        is_error: false,
        attempts: 1,
        millis: 1,
    }
    .into()
}
