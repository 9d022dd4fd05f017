//! Every phase with every event (HARNESS A1, W1): the table is total, and only the events named here lead anywhere.

use serde_json::{Map, Value, json};

use super::*;
use crate::events::{ApprovalGiven, ApprovalRequested, TurnEnded, TurnStarted};
use crate::{ApprovalDecision, ApprovalScope, CallId, ModeId};

const PHASES: [Phase; 5] =
    [Phase::Idle, Phase::Running, Phase::WaitingHuman, Phase::Completed, Phase::Failed];

/// The call that is waited for.
const WAITED: &str = "waited";

/// The least event of each kind, made from the schema: a kind that is added is in it by itself.
fn every_event() -> Vec<(String, Event)> {
    let schema = schemars::schema_for!(Event).to_value();
    let kinds = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).expect("a list of kinds");
    let least = |kind: &Value| {
        let value = least(kind, &schema);
        let tag = value["type"].as_str().expect("a tag").to_owned();
        let line = json!({"seq": 0, "at": "2026-01-01T00:00:00Z", "session": "s"});
        let mut line = line.as_object().cloned().expect("an object");
        line.extend(value.as_object().cloned().expect("an object"));
        let record = Record::from_line(&Value::Object(line).to_string());
        (tag.clone(), record.unwrap_or_else(|error| panic!("{tag}: {error}")).event)
    };
    kinds.iter().map(least).collect()
}

/// The least value that fits a schema: what is required and no more.
fn least(schema: &Value, root: &Value) -> Value {
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    let base = schema.get("$ref").and_then(Value::as_str).map_or(Value::Null, |reference| {
        let name = reference.rsplit('/').next().unwrap_or_default();
        least(&root["$defs"][name], root)
    });
    if let Some(first) = ["oneOf", "anyOf", "allOf", "enum"].iter().find_map(|key| schema.get(*key)?.get(0)) {
        let value = if schema.get("enum").is_some() { first.clone() } else { least(first, root) };
        return merged(value, object_of(schema, root));
    }
    let kind = schema.get("type").map(|kind| kind.get(0).unwrap_or(kind));
    match kind.and_then(Value::as_str) {
        Some("object") => merged(base, object_of(schema, root)),
        Some("string") if schema["format"] == "date-time" => json!("2026-01-01T00:00:00Z"),
        Some("string") => json!("x"),
        Some("integer") => json!(1),
        Some("number") => json!(0.5),
        Some("boolean") => json!(false),
        Some("array") => {
            let tuple = schema["prefixItems"].as_array().into_iter().flatten();
            tuple.map(|item| least(item, root)).collect()
        }
        Some(_) | None => base,
    }
}

fn object_of(schema: &Value, root: &Value) -> Map<String, Value> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let names = required.iter().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), least(&schema["properties"][name], root))).collect()
}

fn merged(base: Value, more: Map<String, Value>) -> Value {
    match base {
        Value::Object(mut object) => {
            object.extend(more);
            Value::Object(object)
        }
        Value::Null if !more.is_empty() => Value::Object(more),
        other => other,
    }
}

fn apply(view: &mut PhaseView, event: impl Into<Event>) {
    let (at, session) = (Timestamp::from_millis(1), "s".into());
    view.apply(&Record { seq: 0, at, session, parent: None, event: event.into() });
}

/// A run in this phase.
fn in_phase(phase: Phase) -> PhaseView {
    let mut view = PhaseView::default();
    if phase == Phase::Idle {
        return view;
    }
    apply(&mut view, TurnStarted { turn: 1, mode: ModeId::Agent });
    if phase == Phase::WaitingHuman {
        apply(&mut view, asked(WAITED));
    }
    let reason = if phase == Phase::Completed { EndReason::Done } else { EndReason::MaxSteps };
    if matches!(phase, Phase::Completed | Phase::Failed) {
        apply(&mut view, TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 });
    }
    assert_eq!(view.phase, phase);
    view
}

fn asked(call: &str) -> ApprovalRequested {
    ApprovalRequested {
        call: CallId::new(call),
        rule: String::new(),
        why: String::new(),
        offers: vec![],
        effect: String::new(),
        is_catastrophic: false,
        input: None,
    }
}

/// The same event, about the call that is waited for.
fn about(event: &Event, call: &str) -> Event {
    let mut event = event.clone();
    let wanted = CallId::new(call);
    if let Event::ApprovalRequested(asked) = &mut event {
        asked.call = wanted;
    } else if let Event::ApprovalGiven(given) = &mut event {
        given.call = wanted;
    } else if let Event::QuestionAsked(asked) = &mut event {
        asked.question.call = wanted;
    } else if let Event::ToolReturned(returned) = &mut event {
        returned.call = wanted;
    }
    event
}

/// What the table says: where an event about the call that is waited for leads from a phase.
fn expected(from: Phase, event: &Event) -> Phase {
    match (event.tag(), from) {
        ("approval_requested" | "question_asked", Phase::Running | Phase::WaitingHuman) => {
            Phase::WaitingHuman
        }
        ("turn_started", _) | ("approval_given" | "tool_returned", Phase::WaitingHuman) => Phase::Running,
        ("turn_ended", _) => {
            let is_done = matches!(event, Event::TurnEnded(ended) if ended.reason == EndReason::Done);
            if is_done { Phase::Completed } else { Phase::Failed }
        }
        (_, from) => from,
    }
}

#[test]
fn a1_w1_every_phase_with_every_event_leads_where_the_table_says() {
    let events = every_event();
    let tags: Vec<&str> = events.iter().map(|(tag, _)| tag.as_str()).collect();
    assert_eq!(tags, Event::TAGS, "every kind of event is in the table");
    for from in PHASES {
        for (tag, event) in &events {
            let mut view = in_phase(from);
            apply(&mut view, about(event, WAITED));
            assert_eq!(view.phase, expected(from, event), "{tag} in {from:?}");
            // The whole state takes it too, in whatever phase: no event is out of place for a fold.
            let mut state = crate::RunState { phase: in_phase(from), ..crate::RunState::default() };
            let (at, session) = (Timestamp::from_millis(2), "s".into());
            state.apply(&Record { seq: 0, at, session, parent: None, event: about(event, WAITED) });
            assert_eq!(state.phase.phase, expected(from, event), "{tag} in {from:?}");
        }
    }
}

#[test]
fn w1_every_reason_ends_in_completed_or_failed() {
    for (reason, phase) in [
        (EndReason::Done, Phase::Completed),
        (EndReason::NeedsPerson, Phase::Failed),
        (EndReason::ContractUnmet, Phase::Failed),
        (EndReason::Stalled, Phase::Failed),
        (EndReason::Interrupted, Phase::Failed),
    ] {
        let mut view = in_phase(Phase::Running);
        apply(&mut view, TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 });
        assert_eq!((view.phase, view.ended, view.is_running()), (phase, Some(reason), false));
    }
}

#[test]
fn w1_a_second_call_is_waited_for_until_both_are_answered() {
    let mut view = in_phase(Phase::WaitingHuman);
    apply(&mut view, asked("other"));
    let given = every_event().into_iter().find(|(tag, _)| tag == "approval_given").expect("the event").1;
    apply(&mut view, about(&given, WAITED));
    assert_eq!(view.phase, Phase::WaitingHuman);
    apply(&mut view, about(&given, "other"));
    assert_eq!(view.phase, Phase::Running);
}

#[test]
fn b4_between_an_answer_and_the_next_question_nobody_works() {
    let mut view = in_phase(Phase::Running);
    let mut at = |millis: i64, event: Event| {
        let (at, session) = (Timestamp::from_millis(millis), "s".into());
        view.apply(&Record { seq: 0, at, session, parent: None, event });
        view.waited_millis
    };
    let given = |call: &str, decision| {
        let (scope, by) = (ApprovalScope::Once, Approver::Person);
        ApprovalGiven { call: CallId::new(call), decision, scope, by, rules: vec![] }.into()
    };
    let deny = ApprovalDecision::Deny { reason: String::new() };
    at(1_000, asked("a").into());
    assert_eq!(at(3_000, given("a", ApprovalDecision::Allow)), 2_000);
    // The host takes half a second to put the next question, also behind the result of a call that was denied.
    at(3_500, asked("b").into());
    assert_eq!(at(5_500, given("b", deny)), 4_500);
    at(5_600, denied("b"));
    at(6_000, asked("c").into());
    assert_eq!(at(7_000, given("c", ApprovalDecision::Allow)), 6_000);
    // What runs then is work, and so is the next request.
    let (is_passed, unredacted) = (true, vec![]);
    at(7_000, CallsGated { is_passed, unredacted }.into());
    at(9_000, asked("d").into());
    assert_eq!(at(9_100, given("d", ApprovalDecision::Allow)), 6_100);
}

fn denied(call: &str) -> Event {
    let (name, text) = ("shell".to_owned(), String::new());
    crate::events::ToolReturned::of_none(CallId::new(call), name, ResultStatus::Denied, text).into()
}
