//! What a script says is what comes over the wire.

use super::client::{ask, get, streaming};
use headwater_testkit::{Call, Finish, ModelServer, Script, Turn};
use serde_json::{Value, json};

#[test]
fn thinking_text_and_usage_are_streamed_in_deltas() {
    let turn = Turn::text("Grüße, 漢字!").thinking("hm").deltas_of(4).usage(1200, 800, 40);
    let server = ModelServer::start(Script::new().turn(turn));
    let answer = ask(&server, &streaming()).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/event-stream"));
    assert_eq!(answer.deltas("reasoning_content"), ["hm"]);
    assert_eq!(answer.deltas("content"), ["Grüß", "e, 漢", "字!"]);
    let events = answer.events();
    let reasons: Vec<&Value> = events.iter().map(|event| &event["choices"][0]["finish_reason"]).collect();
    assert!(reasons.contains(&&json!("stop")));
    let usage = &events.last().unwrap()["usage"];
    assert_eq!(usage["prompt_tokens"], 1200);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 800);
    assert_eq!(usage["completion_tokens"], 40);
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn usage_is_only_sent_when_asked_for() {
    let server = ModelServer::start(Script::new().turn(Turn::text("a")));
    let answer = ask(&server, &json!({"model": "m", "stream": true})).unwrap();
    assert!(!answer.text().contains("usage"));
}

#[test]
fn parallel_calls_come_in_fragments_by_index() {
    let turn = Turn::empty()
        .call("read", json!({"path": "a/ü.rs"}))
        .with_call(Call::raw("shell", "{\"command\": \"ls").id(""))
        .with_call(Call::new("list", json!({})).without_id())
        .fragments_of(3)
        .interleaved();
    let server = ModelServer::start(Script::new().turn(turn));
    let pieces: Vec<Value> = pieces(&ask(&server, &streaming()).unwrap().events());
    let indexes: Vec<&Value> = pieces.iter().take(6).map(|piece| &piece["index"]).collect();
    assert_eq!(indexes, [0, 1, 2, 0, 1, 2]);
    assert_eq!(arguments(&pieces, 0), "{\"path\":\"a/ü.rs\"}");
    assert_eq!(arguments(&pieces, 1), "{\"command\": \"ls");
    assert_eq!(pieces[0]["id"], "call_0_0");
    assert_eq!(pieces[1]["id"], "");
    assert_eq!(pieces[2].get("id"), None);
}

#[test]
fn escaped_arguments_are_split_inside_a_surrogate_pair() {
    let call = Call::new("write", json!({"text": "👋\n"})).escaped();
    let server = ModelServer::start(Script::new().turn(Turn::empty().with_call(call).fragments_of(1)));
    let pieces = pieces(&ask(&server, &streaming()).unwrap().events());
    assert_eq!(arguments(&pieces, 0), r#"{"text":"\ud83d\udc4b\n"}"#);
    assert!(pieces.iter().skip(1).all(|piece| piece["function"]["arguments"].as_str().unwrap().len() == 1));
}

#[test]
fn the_finish_reason_follows_the_turn_or_the_script() {
    let table = [
        (Turn::text("a"), json!("stop")),
        (Turn::empty().call("list", json!({})), json!("tool_calls")),
        (Turn::text("a").finish(Finish::Length), json!("length")),
        (Turn::text("a").finish(Finish::ContentFilter), json!("content_filter")),
        (Turn::text("a").finish(Finish::Other("eos".to_owned())), json!("eos")),
        (Turn::text("a").finish(Finish::Missing), Value::Null),
    ];
    let server = ModelServer::start(Script::new().turns(table.iter().map(|(turn, _)| turn.clone())));
    for (turn, expected) in &table {
        let events = ask(&server, &streaming()).unwrap().events();
        let reason =
            events.iter().map(|event| &event["choices"][0]["finish_reason"]).find(|reason| !reason.is_null());
        assert_eq!(reason.unwrap_or(&Value::Null), expected, "{turn:?}");
    }
}

#[test]
fn a_request_without_stream_gets_one_answer() {
    let turn = Turn::text("hi").thinking("hm").call("list", json!({"path": "."})).usage(5, 0, 2);
    let server = ModelServer::start(Script::new().turn(turn));
    let answer = ask(&server, &json!({"model": "m"})).unwrap().json();
    let message = &answer["choices"][0]["message"];
    assert_eq!(message["content"], "hi");
    assert_eq!(message["reasoning_content"], "hm");
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{\"path\":\".\"}");
    assert_eq!(answer["usage"]["total_tokens"], 7);
}

#[test]
fn chunks_ignore_the_borders_of_events_and_characters() {
    let turn = Turn::text("Grüße, 漢字, 👋").deltas_of(2);
    let plain = ModelServer::start(Script::new().turn(turn.clone()));
    let expected = ask(&plain, &streaming()).unwrap().body;
    for size in [1, 2, 3, 7, 1000] {
        let server = ModelServer::start(Script::new().turn(turn.clone().chunked_every(size)));
        let answer = ask(&server, &streaming()).unwrap();
        assert_eq!(answer.body, expected, "chunks of {size}");
        let (last, others) = answer.chunks.split_last().unwrap();
        assert!(others.iter().all(|chunk| chunk.len() == size) && last.len() <= size, "chunks of {size}");
    }
}

#[test]
fn models_are_listed_and_strange_paths_are_named() {
    let server = ModelServer::start(Script::new().models(["alpha", "beta"]));
    let models = get(&server, "/v1/models").json();
    assert_eq!(models["data"][1]["id"], "beta");
    let strange = get(&server, "/v1/strange");
    assert_eq!(strange.status, 404);
    assert!(strange.text().contains("/v1/strange"));
    assert_eq!(server.other_requests().len(), 2);
    assert_eq!(server.requests().len(), 0);
}

fn pieces(events: &[Value]) -> Vec<Value> {
    let calls = events.iter().filter_map(|event| event["choices"][0]["delta"]["tool_calls"].as_array());
    calls.flatten().cloned().collect()
}

fn arguments(pieces: &[Value], index: usize) -> String {
    let of_call = pieces.iter().filter(|piece| piece["index"] == index);
    of_call.filter_map(|piece| piece["function"]["arguments"].as_str()).collect()
}
