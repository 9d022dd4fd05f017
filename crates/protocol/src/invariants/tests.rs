//! Every invariant: a sound session breaks none, and each violation is found by itself.

use super::*;
use crate::events::{
    ApprovalRequested, AssistantMessage, Checkpointed, ChildReturned, ChildStarted, ChildStatus,
    ContextEdited, ContractDeclared, Coverage, CoverageChanged, Failed, FinalAccepted, FinalProposed, Header,
    MissionApproved, RequestSent, SessionResumed, SessionStarted, ToolCalled, TurnEnded, TurnStarted,
    UserMessage,
};
use crate::repl::ChildKind;
use crate::{
    ApprovalScope, Approver, ContextEdit, ContextEditPlan, EditKind, EditReason, EndReason, Grant,
    MissionBudget, ModeId, ModelInfo, Passage, Replacement, StopSignal, Timestamp, Tokens, ToolCall, Usage,
};

fn started() -> Event {
    let header = Header { system: "".into(), tools: [].into() };
    SessionStarted {
        schema: 1,
        version: String::new(),
        workspace: "/w".into(),
        vendor: "v".into(),
        model: ModelInfo::unknown("m"),
        mode: ModeId::Agent,
        header,
    }
    .into()
}

fn turn() -> Event {
    TurnStarted { turn: 1, mode: ModeId::Agent }.into()
}

fn request() -> Event {
    RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into()
}

fn called(call: &str) -> Event {
    let input = serde_json::json!({});
    ToolCalled { request: ToolCall { call: call.into(), name: "shell".into(), input, malformed: None } }
        .into()
}

fn returned(call: &str, status: ResultStatus) -> Event {
    ToolReturned { status, ..ToolReturned::ran(call.into(), "shell".into(), String::new()) }.into()
}

fn ran(call: &str) -> Event {
    returned(call, ResultStatus::Ran)
}

fn asked(call: &str) -> Event {
    ApprovalRequested {
        call: call.into(),
        rule: String::new(),
        why: String::new(),
        offers: vec![],
        effect: String::new(),
        is_catastrophic: false,
        input: None,
    }
    .into()
}

fn answered(call: &str, decision: ApprovalDecision) -> Event {
    let (scope, by) = (ApprovalScope::Once, Approver::Person);
    ApprovalGiven { call: call.into(), decision, scope, by, rules: vec![] }.into()
}

fn ended() -> Event {
    TurnEnded { turn: 1, reason: EndReason::Done, text: String::new(), denied: 0, steps: 1 }.into()
}

fn numbered(events: Vec<Event>) -> Vec<Record> {
    let record =
        |(seq, event)| Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event };
    (0..).zip(events).map(record).collect()
}

/// The violations of a session of these events, behind its first record.
fn broken(events: Vec<Event>) -> Vec<Violation> {
    check(&numbered([vec![started()], events].concat()))
}

fn deny() -> ApprovalDecision {
    ApprovalDecision::Deny { reason: String::new() }
}

#[test]
fn a_sound_session_breaks_nothing() {
    let message = || Event::from(UserMessage { text: "go".into() });
    let resumed = SessionResumed { version: String::new() }.into();
    let calls = vec![called("a"), called("b"), asked("b"), answered("b", ApprovalDecision::Allow)];
    let denied = vec![called("c"), asked("c"), answered("c", deny())];
    let events = [
        vec![message(), turn(), request(), said()],
        calls,
        vec![ran("a"), ran("b"), request(), said()],
        denied,
        vec![returned("c", ResultStatus::Denied), request(), said(), ended()],
        // What comes behind the end of a session belongs to whoever carries it on.
        vec![resumed, message(), turn(), request(), called("d"), asked("d")],
    ]
    .concat();
    assert_eq!(broken(events), []);
}

#[test]
fn a_call_may_be_open_while_its_turn_runs_and_may_be_closed_late_once() {
    assert_eq!(broken(vec![turn(), request(), called("a")]), []);
    let late = vec![turn(), called("a"), ended(), ran("a"), ran("a")];
    let expected =
        [Violation::Dangling { call: "a".into() }, Violation::DuplicateResult { call: "a".into() }];
    assert_eq!(broken(late), expected);
}

fn said() -> Event {
    let stop = StopSignal::EndTurn;
    AssistantMessage { text: String::new(), blocks: vec![], origin: String::new(), stop }.into()
}

/// A step whose answer made this call.
fn step(call: &str) -> Vec<Event> {
    vec![request(), said(), called(call)]
}

/// A turn of these events, which begins at record 1 and is interrupted.
fn in_turn(events: Vec<Event>) -> Vec<Event> {
    let end = TurnEnded { turn: 1, reason: EndReason::Interrupted, text: String::new(), denied: 0, steps: 1 };
    [vec![turn()], events, vec![end.into()]].concat()
}

fn child(name: &str) -> Event {
    ChildStarted {
        child: name.into(),
        cell: None,
        kind: ChildKind::Llm,
        depth: 1,
        model: String::new(),
        prompt: vec![],
        key: String::new(),
        opened: None,
    }
    .into()
}

fn child_back(name: &str) -> Event {
    ChildReturned {
        child: name.into(),
        status: ChildStatus::Ok,
        text: String::new(),
        usage: Usage::default(),
        cost_usd: None,
        is_error: false,
        attempts: 1,
        millis: 0,
    }
    .into()
}

fn failed() -> Event {
    Failed { kind: "k".into(), message: "m".into(), next_step: "n".into() }.into()
}

fn edited(edit: ContextEdit) -> Event {
    let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![edit] };
    ContextEdited { kind: EditKind::ClearResults, before: Tokens(2), after: Tokens(1), plan }.into()
}

fn cleared(passage: Passage) -> Event {
    let cleared = vec![Replacement { passage, text: String::new() }];
    edited(ContextEdit::ClearResults { cleared })
}

fn summarized(before: u64, keep: u64) -> Event {
    edited(ContextEdit::Summarize { before, text: "s".into(), keep: vec![keep] })
}

fn kept(call: &str) -> Event {
    Checkpointed { call: call.into(), command: None, files: vec![], uncovered: vec![] }.into()
}

fn contract(id: &str) -> Event {
    let required = serde_json::json!({"id": id, "what": "", "predicate": {"kind": "answer_nonempty"}});
    let contract = serde_json::json!({"contract": {"goal": "", "required_outputs": [required]}});
    serde_json::from_value::<ContractDeclared>(contract).unwrap().into()
}

fn covered(id: &str, evidence: u64) -> Event {
    let found = String::new();
    CoverageChanged {
        coverage: vec![Coverage { id: id.into(), is_met: true, found, evidence: vec![evidence] }],
    }
    .into()
}

fn proposed() -> Event {
    serde_json::from_value::<FinalProposed>(serde_json::json!({"text": ""})).unwrap().into()
}

fn missing(seq: u64, what: &str) -> Violation {
    Violation::Missing { seq, what: what.into() }
}

#[test]
fn r_i_a_sound_session_with_children_edits_and_coverage_breaks_nothing() {
    let events = [
        step("a"),
        vec![ran("a"), kept("a"), child("c"), child_back("c"), child("d"), child_back("d")],
        vec![cleared(Passage::Result("a".into())), cleared(Passage::Part(1)), summarized(3, 1)],
        vec![contract("r"), covered("r", 5), proposed()],
        vec![FinalAccepted { text: String::new() }.into()],
    ];
    assert_eq!(broken(in_turn(events.concat())), []);
    let failure = [in_turn(vec![request(), failed()]), vec![turn(), request(), said(), ended()]];
    assert_eq!(broken(failure.concat()), []);
}

#[test]
fn r_i_each_seeded_violation_is_found_and_nothing_else() {
    let call = || CallId::from("a");
    let within = |events: Vec<Vec<Event>>| in_turn(events.concat());
    let table = [
        (vec![started()], Violation::Start { seq: 1 }),
        (within(vec![step("a"), vec![called("a"), ran("a")]]), Violation::DuplicateCall { call: call() }),
        (vec![ran("a")], Violation::OrphanResult { call: call() }),
        (within(vec![step("a"), vec![ran("a"), ran("a")]]), Violation::DuplicateResult { call: call() }),
        (within(vec![step("a")]), Violation::Dangling { call: call() }),
        (within(vec![step("a"), vec![asked("a"), ran("a")]]), Violation::Unapproved { call: call() }),
        (
            within(vec![step("a"), vec![asked("a"), answered("a", deny()), ran("a")]]),
            Violation::Unapproved { call: call() },
        ),
        (
            within(vec![
                step("a"),
                vec![asked("a"), request(), said(), answered("a", ApprovalDecision::Allow), ran("a")],
            ]),
            Violation::AskedWhileWaiting { call: call() },
        ),
        (within(vec![step("a"), vec![request(), ran("a")]]), Violation::AskedWhileOpen { call: call() }),
    ];
    for (events, expected) in table {
        assert_eq!(broken(events), [expected]);
    }
}

#[test]
fn r_i_nothing_of_a_turn_comes_when_none_runs_and_no_turn_within_another() {
    let outside = |seq| Violation::OutsideTurn { seq };
    for (name, event) in [("request", request()), ("answer", said()), ("end", ended())] {
        assert_eq!(broken(vec![event.clone()]), [outside(1)], "{name} before any turn");
        let behind = [in_turn(vec![]), vec![event]].concat();
        assert_eq!(broken(behind), [outside(3)], "{name} after a turn");
    }
    assert_eq!(broken(vec![called("a"), ran("a")]), [outside(1)]);
    assert_eq!(broken(vec![proposed()]), [outside(1)]);
    let mut twice = in_turn(vec![turn()]);
    assert_eq!(broken(twice.clone()), [Violation::TurnWithin { seq: 2 }]);
    twice.push(asked("a"));
    assert_eq!(broken(twice), [Violation::TurnWithin { seq: 2 }, outside(4)]);
}

#[test]
fn r_i_a_turn_that_failed_or_was_never_answered_is_not_told_as_done() {
    assert_eq!(broken(vec![turn(), failed(), ended()]), [Violation::Unmarked { seq: 3 }]);
    assert_eq!(broken(vec![turn(), request(), ended()]), [Violation::Unmarked { seq: 3 }]);
    let answered = vec![turn(), request(), said(), request(), ended()];
    assert_eq!(broken(answered), [Violation::Unmarked { seq: 5 }], "the second request");
}

#[test]
fn r_i_children_and_sub_agents_have_one_start_and_one_end() {
    let what = || "c".to_owned();
    let table = [
        (vec![child("c")], Violation::LeftOpen { what: what() }),
        (vec![child("c"), child_back("c"), child_back("c")], Violation::EndWithoutStart { what: what() }),
        (vec![child_back("c")], Violation::EndWithoutStart { what: what() }),
        (vec![child("c"), child("c"), child_back("c")], Violation::StartedTwice { what: what() }),
    ];
    for (events, expected) in table {
        assert_eq!(broken(in_turn(events)), [expected]);
    }
}

#[test]
fn r_i_and_a4_what_a_record_names_is_there() {
    // The first of the events stands at record 2.
    let table = [
        (vec![cleared(Passage::Result("x".into()))], missing(2, "call x")),
        (vec![cleared(Passage::Part(2))], missing(2, "record 2")),
        (vec![summarized(9, 1)], missing(2, "record 8")),
        (vec![summarized(2, 7)], missing(2, "record 7")),
        (vec![kept("x")], missing(2, "call x")),
        (vec![contract("r"), covered("other", 1)], missing(3, "requirement other")),
        (vec![contract("r"), covered("r", 3)], missing(3, "record 3")),
        (vec![FinalAccepted { text: String::new() }.into()], missing(2, "a proposed answer")),
    ];
    for (events, expected) in table {
        assert_eq!(broken(in_turn(events)), [expected]);
    }
    let approved = MissionApproved {
        mission: "m".into(),
        hash: "h".into(),
        grant: Grant::default(),
        budget: MissionBudget::default(),
        by: Approver::Person,
    };
    assert_eq!(broken(vec![approved.into()]), [missing(1, "card h")]);
}

#[test]
fn r_i_a_gap_and_a_missing_start_are_found_by_their_place() {
    let mut records = numbered(vec![started(), turn(), request(), said(), ended()]);
    records.remove(2);
    let gaps: Vec<Violation> =
        (2..4).map(|expected| Violation::Sequence { expected, found: expected + 1 }).collect();
    assert_eq!(check(&records), gaps);
    assert_eq!(check(&numbered(vec![turn()])), [Violation::Start { seq: 0 }]);
}
