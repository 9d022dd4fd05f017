//! Edits of a recorded conversation, written on every wire: each call has its result where the vendor looks for it.

use headwater_context::project;
use headwater_protocol::events::ContextEdited;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::RunState;
use headwater_protocol::{
    Block, Bytes, CallId, ContextEdit, ContextEditPlan, EditKind, EditReason, Message, ModelInfo, Passage,
    Record, Replacement, Timestamp, Tokens, View as _,
};
use headwater_providers::wires::{self, Destination};
use headwater_providers::{Echo, Model, Quirks};
use serde_json::{Map, Value};

/// A session with parallel calls, written files and edits.
const RECORDED: &str = include_str!("../../../../tests/cassettes/openai-chat/code.jsonl");

fn recorded() -> RunState {
    let mut state = RunState::default();
    RECORDED.lines().for_each(|line| state.apply(&Record::from_line(line).unwrap()));
    state
}

fn edited(kind: EditKind, edits: Vec<ContextEdit>) -> RunState {
    let mut state = recorded();
    let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits };
    let event = ContextEdited { kind, before: Tokens(2), after: Tokens(1), plan }.into();
    let at = Timestamp::default();
    state.apply(&Record { seq: 100_000, at, session: "s".into(), parent: None, event });
    state
}

/// The request on a wire, and the pairs in it by the wire's own rules.
fn body(wire: &str, state: &RunState) -> Value {
    let model =
        Model { info: ModelInfo::unknown("m"), echo: Echo::Never, body: Map::new(), writes_calls: false };
    let quirks = Quirks::default();
    let destination = Destination { vendor: "v", model: &model, quirks: &quirks };
    let written = wires::by_name(wire).unwrap().body(&project(state).unwrap(), destination);
    serde_json::from_slice(&written).unwrap()
}

fn ids<'a>(items: impl IntoIterator<Item = &'a Value>, field: &str) -> Vec<String> {
    items.into_iter().filter_map(|item| item[field].as_str()).map(str::to_owned).collect()
}

fn of_kind<'a>(items: &'a Value, kind: &str) -> Vec<&'a Value> {
    items.as_array().into_iter().flatten().filter(|item| item["type"] == kind).collect()
}

/// How many calls have their result where it has to stand; what is out of place is said.
fn pairs(wire: &str, body: &Value) -> Result<usize, String> {
    match wire {
        "openai-chat" => chat(body["messages"].as_array().unwrap()),
        "anthropic" => messages(body["messages"].as_array().unwrap()),
        "openai-responses" => responses(body["input"].as_array().unwrap()),
        other => panic!("a wire whose order nobody checks: {other}"),
    }
}

/// Each message with calls is followed by one message for each result, in the order of the calls.
fn chat(messages: &[Value]) -> Result<usize, String> {
    let (mut open, mut count): (Vec<String>, usize) = (Vec::new(), 0);
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            if open.first().is_none_or(|first| first != id) {
                return Err(format!("{id} answers {open:?}"));
            }
            open.remove(0);
            count += 1;
        } else if open.is_empty() {
            open = ids(message["tool_calls"].as_array().into_iter().flatten(), "id");
        } else {
            return Err(format!("no results for {open:?}"));
        }
    }
    if open.is_empty() { Ok(count) } else { Err(format!("no results for {open:?}")) }
}

/// Each message with calls is followed by one that begins with their results.
fn messages(messages: &[Value]) -> Result<usize, String> {
    let (mut open, mut count): (Vec<String>, usize) = (Vec::new(), 0);
    for message in messages {
        let results = ids(of_kind(&message["content"], "tool_result"), "tool_use_id");
        let is_first = message["content"].as_array().is_some_and(|blocks| {
            blocks.iter().take(results.len()).all(|block| block["type"] == "tool_result")
        });
        if results != open || !is_first {
            return Err(format!("{results:?} answer {open:?}"));
        }
        count += results.len();
        open = ids(of_kind(&message["content"], "tool_use"), "id");
    }
    if open.is_empty() { Ok(count) } else { Err(format!("no results for {open:?}")) }
}

/// Between a call and its result there is nothing but calls and results.
fn responses(items: &[Value]) -> Result<usize, String> {
    let (mut open, mut count): (Vec<&str>, usize) = (Vec::new(), 0);
    for item in items {
        let id = item["call_id"].as_str().unwrap_or_default();
        match item["type"].as_str() {
            Some("function_call") => open.push(id),
            Some("function_call_output") => {
                let at = open.iter().position(|call| *call == id).ok_or(format!("{id} answers nothing"))?;
                open.remove(at);
                count += 1;
            }
            Some("message") if !open.is_empty() => return Err(format!("no results for {open:?}")),
            _other => {}
        }
    }
    if open.is_empty() { Ok(count) } else { Err(format!("no results for {open:?}")) }
}

/// Demands pairs on every wire; how many there are comes back.
fn all_pairs(name: &str, state: &RunState) -> usize {
    let counts: Vec<usize> = wires::NAMES
        .iter()
        .map(|wire| {
            pairs(wire, &body(wire, state)).unwrap_or_else(|fault| panic!("{name} on {wire}: {fault}"))
        })
        .collect();
    let first = counts.first().copied().unwrap_or_default();
    assert!(counts.iter().all(|count| *count == first), "{name}: {counts:?}");
    first
}

fn calls(state: &RunState) -> Vec<(CallId, Value)> {
    let messages = state.conversation.messages();
    let blocks = messages.iter().flat_map(|message| match message.as_ref() {
        Message::Assistant { blocks, .. } => blocks.clone(),
        Message::User { .. } | Message::ToolResult { .. } => Vec::new(),
    });
    let call = |block| if let Block::Call(call) = block { Some((call.call, call.input)) } else { None };
    blocks.filter_map(call).collect()
}

#[test]
fn x2_every_kind_of_edit_leaves_pairs_that_every_wire_takes() {
    let whole = recorded();
    let calls = calls(&whole);
    assert_eq!((all_pairs("as it is", &whole), wires::NAMES.len()), (calls.len(), 3));
    assert!(calls.len() >= 15, "{} calls", calls.len());
    let replaced = |passage: Passage, text: &str| Replacement { passage, text: text.to_owned() };
    let stored = |(call, _): &(CallId, Value)| ContextEdit::Externalize {
        replacement: replaced(Passage::Result(call.clone()), "short"),
        blob: Blob { id: "context-1".into(), bytes: Bytes(1), sha256: String::new() },
    };
    let state = edited(EditKind::Externalize, calls.iter().map(stored).collect());
    assert_eq!(all_pairs("externalized", &state), calls.len());
    let both = |(call, _): &(CallId, Value)| {
        [
            replaced(Passage::Result(call.clone()), "gone"),
            replaced(Passage::Input(call.clone()), r#"{"path":"short"}"#),
        ]
    };
    let cleared = calls.iter().flat_map(both).collect();
    let state = edited(EditKind::ClearResults, vec![ContextEdit::ClearResults { cleared }]);
    assert_eq!(all_pairs("cleared", &state), calls.len());
    let system = "another".to_owned();
    let state = edited(EditKind::Reframe, vec![ContextEdit::Reframe { system }]);
    assert_eq!(all_pairs("reframed", &state), calls.len());
}

#[test]
fn x2_d3_a_range_ends_at_any_record_and_every_wire_takes_what_is_left() {
    let last = recorded().conversation.entries().last().unwrap().seq;
    let mut counts = Vec::new();
    for before in 0..=last {
        let (text, keep) = ("so far".to_owned(), vec![1]);
        let (kind, edit) = if before % 2 == 0 {
            (EditKind::Summarize, ContextEdit::Summarize { before, text, keep })
        } else {
            (EditKind::Drop, ContextEdit::Drop { before, text, keep })
        };
        counts.push(all_pairs(&format!("before {before}"), &edited(kind, vec![edit])));
    }
    assert!(counts.is_sorted_by(|more, less| more >= less), "{counts:?}");
    assert_eq!(counts.last(), Some(&0));
}
