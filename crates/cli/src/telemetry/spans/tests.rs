//! The fold from records to spans.

use std::collections::{BTreeMap, HashSet};

use headwater_protocol::Record;
use opentelemetry::Value;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

use super::{Content, SpanFold};

/// A log written down: session, parent, and the event; numbers and times follow from the order.
fn log(lines: &[(&str, Option<&str>, &str)]) -> Vec<Record> {
    let (mut numbers, mut records) = (BTreeMap::new(), Vec::new());
    for (place, (session, parent, event)) in lines.iter().enumerate() {
        let seq: &mut u64 = numbers.entry(*session).or_default();
        let parent = parent.map_or("null".to_owned(), |parent| format!("\"{parent}\""));
        let line = format!(
            "{{\"seq\":{seq},\"at\":\"2026-11-21T04:00:{place:02}.000Z\",\"session\":\"{session}\",\"parent\":{parent},{event}}}"
        );
        *seq += 1;
        records.push(Record::from_line(&line).unwrap_or_else(|error| panic!("{line}: {error}")));
    }
    records
}

fn spans(records: &[Record], content: Content) -> Vec<SpanData> {
    let mut fold = SpanFold::new(content);
    let mut spans: Vec<SpanData> = records.iter().flat_map(|record| fold.take(record)).collect();
    spans.extend(fold.finish());
    spans
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let found: Vec<&SpanData> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    found[0]
}

fn get(span: &SpanData, name: &str) -> Option<Value> {
    span.attributes.iter().find(|pair| pair.key.as_str() == name).map(|pair| pair.value.clone())
}

fn is_below(child: &SpanData, parent: &SpanData) -> bool {
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
        && child.start_time >= parent.start_time
        && child.end_time <= parent.end_time
}

const STARTED: &str = r#""type":"session_started","schema":1,"version":"0","workspace":"/w","vendor":"acme","model":{"name":"large","window":1000,"max_output":null,"price":null,"is_known":true},"mode":"agent","header":{"system":"","tools":[]}"#;
const SENT: &str = r#""type":"request_sent","turn":1,"step":1,"digest":"d","tokens":1"#;
const SAID: &str =
    r#""type":"assistant_message","text":"I look.","blocks":[],"origin":"acme/large-2","stop":"tool_calls""#;
const USED: &str =
    r#""type":"usage_reported","input":100,"cached":80,"output":7,"reasoning":0,"cost_usd":0.5,"millis":3"#;
const TURN: &str = r#""type":"turn_started","turn":1,"mode":"agent""#;
const ASKED: &str = r#""type":"user_message","text":"a secret wish""#;
const DONE: &str = r#""type":"turn_ended","turn":1,"reason":"done","text":"It is so.","denied":0,"steps":1"#;

fn called(call: &str, name: &str) -> String {
    format!(r#""type":"tool_called","call":"{call}","name":"{name}","input":{{"path":"private.txt"}}"#)
}

fn returned(call: &str, is_error: bool, status: &str) -> String {
    format!(
        r#""type":"tool_returned","call":"{call}","name":"x","is_error":{is_error},"status":"{status}","text":"found","millis":5"#
    )
}

fn plain() -> Vec<Record> {
    let (read, shell) = (called("c1", "read"), called("c2", "shell"));
    let (good, denied) = (returned("c1", false, "ran"), returned("c2", true, "denied"));
    let lines = [STARTED, ASKED, TURN, SENT, SAID, &read, &shell, USED, &good, &denied, DONE];
    log(&lines.map(|event| ("s", None, event)))
}

#[test]
fn a6_a_turn_is_an_agent_above_its_requests_and_its_calls() {
    let spans = spans(&plain(), Content::Absent);
    assert_eq!(spans.len(), 4);
    let (agent, chat) = (named(&spans, "invoke_agent headwater"), named(&spans, "chat large"));
    let (read, shell) = (named(&spans, "execute_tool read"), named(&spans, "execute_tool shell"));
    for below in [chat, read, shell] {
        assert!(is_below(below, agent), "{}", below.name);
        assert_eq!(get(below, "gen_ai.conversation.id"), Some("s".into()), "{}", below.name);
    }
    assert_eq!(agent.parent_span_id, opentelemetry::SpanId::INVALID);
    assert_eq!((agent.span_kind.clone(), chat.span_kind.clone()), (SpanKind::Internal, SpanKind::Client));
    let table = [
        (agent, "gen_ai.operation.name", "invoke_agent".into()),
        (agent, "gen_ai.agent.name", "headwater".into()),
        (agent, "gen_ai.provider.name", "acme".into()),
        (agent, "gen_ai.usage.input_tokens", 100.into()),
        (agent, "headwater.end", "done".into()),
        (chat, "gen_ai.operation.name", "chat".into()),
        (chat, "gen_ai.provider.name", "acme".into()),
        (chat, "gen_ai.request.model", "large".into()),
        (chat, "gen_ai.response.model", "large-2".into()),
        (chat, "gen_ai.usage.input_tokens", 100.into()),
        (chat, "gen_ai.usage.cache_read.input_tokens", 80.into()),
        (chat, "gen_ai.usage.output_tokens", 7.into()),
        (chat, "headwater.cost_usd", 0.5.into()),
        (read, "gen_ai.operation.name", "execute_tool".into()),
        (read, "gen_ai.tool.name", "read".into()),
        (read, "gen_ai.tool.call.id", "c1".into()),
        (shell, "error.type", "denied".into()),
    ];
    for (span, name, expected) in table {
        assert_eq!(get(span, name), Some(expected), "{} {name}", span.name);
    }
    assert!(matches!(shell.status, Status::Error { .. }));
    assert_eq!(agent.status, Status::Unset);
}

#[test]
fn a6_texts_are_there_only_where_they_are_wanted() {
    let texts = ["a secret wish", "I look.", "private.txt", "found", "It is so."];
    let said = |content| format!("{:?}", spans(&plain(), content));
    for text in texts {
        assert!(!said(Content::Absent).contains(text), "{text}");
        assert!(said(Content::Included).contains(text), "{text}");
    }
}

#[test]
fn a6_what_a_sub_agent_does_hangs_below_the_call_that_asked_for_it() {
    let task = called("c1", "task");
    let opened = r#""type":"subagent_started","call":"c1","opened":"sub","agent":"reviewer","title":"t","model":"acme/large","mode":"plan","tools":[]"#;
    let report = returned("c1", false, "ran");
    let own = |event| ("s", None, event);
    let sub = |event| ("sub", Some("s"), event);
    let (look, seen) = (called("c1", "grep"), returned("c1", false, "ran"));
    let records = log(&[
        own(STARTED),
        own(TURN),
        own(&task),
        own(opened),
        sub(STARTED),
        sub(TURN),
        sub(SENT),
        sub(SAID),
        sub(&look),
        sub(USED),
        sub(&seen),
        sub(DONE),
        own(&report),
        own(DONE),
    ]);
    let spans = spans(&records, Content::Absent);
    let (agent, call) = (named(&spans, "invoke_agent headwater"), named(&spans, "execute_tool task"));
    let (reviewer, chat) = (named(&spans, "invoke_agent reviewer"), named(&spans, "chat large"));
    assert!(is_below(call, agent) && is_below(reviewer, call) && is_below(chat, reviewer));
    assert!(is_below(named(&spans, "execute_tool grep"), reviewer));
    assert_eq!(get(reviewer, "gen_ai.conversation.id"), Some("sub".into()));
}

#[test]
fn a6_a_mission_hangs_below_its_turn_and_children_below_the_block_that_asks() {
    let mission = r#""type":"mission_started","question":"q","corpus":{"shape":"dict","parts":[]},"budget":{"calls":1,"tokens":null,"cost_usd":null,"depth":1,"seconds":1,"iterations":1},"child_model":"acme/small","seed":0,"depth":0"#;
    let cell = r#""type":"cell_started","cell":1,"code":"x""#;
    let child = r#""type":"child_started","child":"c1","cell":1,"kind":"llm","depth":1,"model":"acme/small","prompt":[],"key":"k""#;
    let deeper = r#""type":"child_started","child":"c2","cell":1,"kind":"rlm","depth":1,"model":"acme/large","prompt":[],"key":"k","opened":"deep""#;
    let answer = |child: &str, is_error: bool| {
        let status = if is_error { "error" } else { "ok" };
        format!(
            r#""type":"child_returned","child":"{child}","status":"{status}","text":"a","usage":{{"input":3,"cached":0,"output":2}},"cost_usd":null,"is_error":{is_error},"attempts":1,"millis":1"#
        )
    };
    let (good, failed) = (answer("c1", true), answer("c2", false));
    let end = r#""type":"cell_returned","cell":1,"stdout":"","stdout_bytes":0,"text":"","millis":1,"waited_millis":1"#;
    let (own, root, deep) =
        (|event| ("s", None, event), |event| ("m", Some("s"), event), |event| ("deep", Some("m"), event));
    let records = log(&[
        own(STARTED),
        own(TURN),
        root(STARTED),
        root(mission),
        root(TURN),
        root(cell),
        root(child),
        root(deeper),
        deep(STARTED),
        deep(mission),
        deep(TURN),
        deep(SENT),
        deep(SAID),
        deep(USED),
        deep(DONE),
        root(&good),
        root(&failed),
        root(end),
        root(DONE),
        own(DONE),
    ]);
    let spans = spans(&records, Content::Absent);
    let (agent, mission) = (named(&spans, "invoke_agent headwater"), named(&spans, "invoke_agent mission"));
    let (block, child) = (named(&spans, "execute_tool repl"), named(&spans, "chat small"));
    let (deep, chat) = (named(&spans, "invoke_agent recursive"), named(&spans, "chat large"));
    assert!(is_below(mission, agent) && is_below(block, mission) && is_below(child, block));
    assert!(is_below(deep, block) && is_below(chat, deep));
    assert_eq!(get(child, "error.type"), Some("error".into()));
}

#[test]
fn a6_a_log_cut_anywhere_gives_whole_trees_and_the_same_ids() {
    let records = plain();
    let whole: HashSet<_> =
        spans(&records, Content::Absent).iter().map(|span| span.span_context.span_id()).collect();
    for end in 0..=records.len() {
        let cut = spans(&records[..end], Content::Absent);
        let ids: HashSet<_> = cut.iter().map(|span| span.span_context.span_id()).collect();
        assert!(ids.is_subset(&whole), "cut after {end}");
        for span in &cut {
            let is_root = span.parent_span_id == opentelemetry::SpanId::INVALID;
            assert!(is_root || ids.contains(&span.parent_span_id), "cut after {end}: {}", span.name);
        }
    }
    let unanswered = spans(&records[..4], Content::Absent);
    assert_eq!(get(named(&unanswered, "chat large"), "error.type"), Some("no_answer".into()));
    assert_eq!(get(named(&unanswered, "invoke_agent headwater"), "error.type"), Some("unfinished".into()));
}
