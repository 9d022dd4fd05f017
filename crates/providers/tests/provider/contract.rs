//! One contract for every wire (HARNESS P2, V1 to V3): the same answer gives the same deltas, the same fault the same
//! failure, and each request begins the next.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::events::ServerState;
use headwater_protocol::{
    Block, Hints, Message, ModelDelta, ModelInfo, Projection, StopSignal, Tokens, ToolCall, Usage,
};
use headwater_providers::wires::{self, Destination, Wire};
use headwater_providers::{Echo, Model, Overlay, Quirks, VendorSettings};
use headwater_testkit::{Call, Fault, Finish, ModelServer, Script, Turn};
use proptest::prelude::*;
use serde_json::{Map, json};

use crate::body::{any_message, call, result, text};
use crate::kit::{Came, connection, converse, projection, tool};

/// A wire, and how its server takes part in the conversation.
type Adapter = (&'static str, ServerState);

/// Every wire in every way it knows.
fn adapters() -> Vec<Adapter> {
    let kept =
        |name: &'static str| wires::by_name(name).and_then(Wire::keeps).map(|keeps| (name, keeps.states()));
    let plain = wires::NAMES.iter().map(|name| (*name, ServerState::Stateless));
    let kept = wires::NAMES.iter().copied().filter_map(kept);
    plain.chain(kept.flat_map(|(name, states)| states.iter().map(move |state| (name, *state)))).collect()
}

/// A server of this script, asked over this wire.
async fn over((wire, state): Adapter, script: Script, request: Option<Projection>) -> (Came, ModelServer) {
    let server = ModelServer::start(script);
    let settings = VendorSettings {
        base_url: Some(server.base_url()),
        wire: Some(wire.to_owned()),
        state: Some(state),
        ..VendorSettings::default()
    };
    let overlay = Overlay { providers: [("scripted".to_owned(), settings)].into(), ..Overlay::default() };
    let catalogue = headwater_providers::Catalogue::new(overlay).unwrap();
    let mut connection = connection(&server.base_url());
    connection.vendor = catalogue.vendor("scripted").unwrap().clone();
    let provider = headwater_providers::connect(connection).unwrap();
    let request = request.unwrap_or_else(|| projection(vec![Message::user("Hello")]));
    let came = converse(&*provider, request, None).await;
    (came, server)
}

fn turns(turns: impl IntoIterator<Item = Turn>) -> Script {
    Script::new().turns(turns)
}

/// Text, thinking and calls with neighbouring pieces joined, signatures left out: they are each vendor's own.
fn canonical(came: &Came) -> Vec<String> {
    let last = came.finished().map(|signal| format!("{signal:?}"));
    [format!("thinking {}", came.thinking()), format!("text {}", came.text())]
        .into_iter()
        .chain(came.calls())
        .chain(last)
        .collect()
}

#[tokio::test]
async fn v2_the_same_answer_gives_the_same_deltas_on_every_wire() {
    let rich = || {
        Turn::text("größer, 漢字")
            .thinking("Hm, 👩‍💻.")
            .with_call(Call::new("read", json!({"path": "größer 👩‍💻.txt"})).escaped())
            .call("list", json!({"path": "b"}))
    };
    let cases = [
        (Turn::text("Hi"), StopSignal::EndTurn),
        (rich().deltas_of(1).fragments_of(1).chunked_every(3), StopSignal::ToolCalls),
        (rich().deltas_of(5).fragments_of(7).chunked_every(1), StopSignal::ToolCalls),
        (Turn::text("cut").finish(Finish::Length), StopSignal::Length),
        (Turn::text("no").finish(Finish::ContentFilter), StopSignal::Filtered),
        (Turn::empty().raw_call("list", "").raw_call("list", "{\"path\":"), StopSignal::ToolCalls),
    ];
    for (turn, signal) in cases {
        let mut found = Vec::new();
        for adapter in adapters() {
            let wire = format!("{adapter:?}");
            let (came, _server) = over(adapter, turns([turn.clone().usage(1000, 900, 20)]), None).await;
            assert!(came.error.is_none(), "{wire}: {came:?}");
            assert_eq!(came.finished(), Some(signal), "{wire}");
            let reported = came.deltas.iter().rev().find_map(|delta| match delta {
                ModelDelta::Usage(usage) => Some(*usage),
                _ => None,
            });
            let (input, cached, output) = (Tokens(1000), Tokens(900), Tokens(20));
            assert_eq!(reported, Some(Usage { input, cached, output, ..Usage::default() }), "{wire}");
            found.push((wire, canonical(&came)));
        }
        for (wire, deltas) in &found {
            assert_eq!(deltas, &found[0].1, "{wire} and {}", found[0].0);
        }
    }
}

#[tokio::test]
async fn p2_every_fault_is_the_same_failure_on_every_wire() {
    let status = |code: u16, body: &str| Fault::Status { code, headers: vec![], body: body.to_owned() };
    let bad = |message: &str| Fault::BadRequest { message: message.to_owned() };
    let redirect = Fault::Redirect { to: "https://elsewhere.invalid/".to_owned() };
    let cases = [
        (Fault::QuotaExhausted, "quota_exhausted", 1),
        (Fault::RateLimited { retry_after: None }, "rate_limited", 5),
        (Fault::Overloaded { code: 503 }, "overloaded", 5),
        (Fault::Overloaded { code: 529 }, "overloaded", 5),
        (status(500, "oops"), "overloaded", 5),
        (status(502, "<html><title>Bad gateway</title></html>"), "overloaded", 5),
        (Fault::Unauthorized, "unauthorized", 1),
        (bad("tools: too many"), "bad_request", 1),
        (status(404, "404 page not found"), "not_understood", 1),
        (bad("prompt is too long: 9 tokens > 8 maximum"), "window_exceeded", 1),
        (bad("input length and `max_tokens` exceed context limit: 6 + 3 > 8"), "window_exceeded", 1),
        (Fault::Html, "not_understood", 1),
        (redirect, "not_understood", 1),
        (Fault::Garbage, "not_understood", 1),
        (Fault::ErrorInStream { deltas: 0, message: "it broke".to_owned() }, "overloaded", 5),
        (Fault::CutBeforeAnything, "unreachable", 5),
        (Fault::CutAfterBytes(0), "unreachable", 5),
        (Fault::CutAfterBytes(50), "unreachable", 5),
        (Fault::BadJsonInEvent { deltas: 0 }, "not_understood", 1),
        (Fault::BadUtf8InEvent { deltas: 0 }, "not_understood", 1),
        (Fault::CutAfterDeltas(3), "cut", 1),
        (Fault::CutMidUtf8, "cut", 1),
        (Fault::BadJsonInEvent { deltas: 3 }, "cut", 1),
        (Fault::BadUtf8InEvent { deltas: 3 }, "cut", 1),
        (Fault::ErrorInStream { deltas: 3, message: "it broke".to_owned() }, "cut", 1),
    ];
    for (fault, kind, requests) in cases {
        for adapter in adapters() {
            let wire = format!("{adapter:?}");
            let (came, server) = over(adapter, turns([Turn::fault(fault.clone())]).repeat_last(), None).await;
            let found = (came.failure().0, server.requests().len());
            assert_eq!(found, (kind, requests), "{wire}, {fault:?}: {came:?}");
            assert_eq!(came.finished(), None, "{wire}, {fault:?}");
        }
    }
    for adapter in adapters() {
        let wire = format!("{adapter:?}");
        let slow = Turn::fault(Fault::SlowBytes(Duration::from_micros(20)));
        let (came, _server) = over(adapter, turns([slow]), None).await;
        assert!(came.finished().is_some() && came.text().ends_with("to the end."), "{wire}: {came:?}");
    }
}

/// What the model thought goes back sealed to itself, and to nobody else.
#[tokio::test]
async fn v1_reasoning_goes_back_to_the_model_it_came_from_and_to_no_other() {
    for (wire, state) in adapters().into_iter().filter(|(wire, _)| *wire != "openai-chat") {
        let sealed = if wire == "anthropic" { "signature-0" } else { "sealed-0" };
        let adapter = (wire, state);
        let (came, _server) = over(adapter, turns([Turn::text("A").thinking("T")]), None).await;
        let signature = came.deltas.iter().find_map(|delta| match delta {
            ModelDelta::ThinkingSignature(signature) => Some(signature.clone()),
            _ => None,
        });
        let said = |origin: &str| Message::Assistant {
            blocks: vec![Block::Thinking { text: "T".to_owned(), signature: signature.clone() }, text("A")],
            origin: origin.to_owned(),
        };
        for (origin, goes_back) in
            [("scripted/scripted-model", true), ("scripted/other", false), ("other/scripted-model", false)]
        {
            let request = projection(vec![Message::user("One?"), said(origin), Message::user("Two?")]);
            let (_, server) = over(adapter, turns([Turn::text("B")]), Some(request)).await;
            let body = String::from_utf8(server.requests()[0].raw.to_vec()).unwrap();
            assert_eq!(body.contains(sealed), goes_back, "{wire}, {origin}: {body}");
        }
        // The log may hold what no vendor ever signed.
        let unsigned = Message::Assistant {
            blocks: vec![Block::Thinking { text: "T".to_owned(), signature: None }],
            origin: "scripted/scripted-model".to_owned(),
        };
        let request = projection(vec![Message::user("One?"), unsigned, Message::user("Two?")]);
        let (came, server) = over(adapter, turns([Turn::text("B")]), Some(request)).await;
        let body = String::from_utf8(server.requests()[0].raw.to_vec()).unwrap();
        assert!(
            came.error.is_none() && !body.contains("thinking") && !body.contains("\"reasoning\""),
            "{body}"
        );
    }
}

fn model() -> Model {
    Model { info: ModelInfo::unknown("m"), echo: Echo::Always, body: Map::new(), writes_calls: false }
}

fn written(wire: &dyn Wire, request: &Projection) -> String {
    let (model, quirks) = (model(), Quirks::default());
    let destination = Destination { vendor: "v", model: &model, quirks: &quirks };
    String::from_utf8(wire.body(request, destination)).unwrap()
}

fn golden() -> Projection {
    let sealed = |text: &str, signature: &str| Block::Thinking {
        text: text.to_owned(),
        signature: Some(signature.to_owned()),
    };
    let said = vec![
        sealed("First.", r#"{"id":"rs_1","encrypted_content":"xx"}"#),
        text("Reading."),
        call("c1", false),
        call("c2", true),
    ];
    let mut request = projection(vec![
        Message::User { parts: vec!["Read it.".to_owned(), "<reminder>\nBe kind.\n</reminder>".to_owned()] },
        Message::Assistant { blocks: said, origin: "v/m".to_owned() },
        result("c1", "1 fn main() {}", false),
        result("c2", "", true),
        Message::user("Go on."),
    ]);
    request.tools = Arc::new([tool("read")]);
    request.hints = Hints { max_output: Some(Tokens(100)) };
    request
}

#[test]
fn b8_a_request_of_the_messages_wire_by_the_letter() {
    let body = written(wires::by_name("anthropic").unwrap(), &golden());
    insta::assert_snapshot!(body.replace(",\"messages\"", "\n,\"messages\"").replace("},{\"", "},\n{\""), @r##"
    {"model":"m","max_tokens":100,"stream":true,"cache_control":{"type":"ephemeral"},"system":"You are a test.","tools":[{"name":"read","description":"The tool read.","input_schema":{"type":"object","properties":{"path":{"type":"string"}}}}]
    ,"messages":[{"role":"user","content":[{"type":"text","text":"Read it."},
    {"type":"text","text":"<reminder>\nBe kind.\n</reminder>"}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"First.","signature":"{\"id\":\"rs_1\",\"encrypted_content\":\"xx\"}"},
    {"type":"text","text":"Reading."},
    {"type":"tool_use","id":"c1","name":"read","input":{"path":"a.rs","limit":3}},
    {"type":"tool_use","id":"c2","name":"read","input":{"path":"a.rs","limit":3}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1 fn main() {}"},
    {"type":"tool_result","tool_use_id":"c2","content":"It failed.","is_error":true},
    {"type":"text","text":"Go on."}]}]}
    "##);
}

#[test]
fn b8_a_request_of_the_responses_wire_by_the_letter() {
    let body = written(wires::by_name("openai-responses").unwrap(), &golden());
    insta::assert_snapshot!(body.replace(",\"input\"", "\n,\"input\"").replace("},{\"", "},\n{\""), @r##"
    {"model":"m","stream":true,"store":false,"include":["reasoning.encrypted_content"],"max_output_tokens":100,"instructions":"You are a test.","tools":[{"type":"function","name":"read","description":"The tool read.","parameters":{"type":"object","properties":{"path":{"type":"string"}}},"strict":false}]
    ,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Read it."},
    {"type":"input_text","text":"<reminder>\nBe kind.\n</reminder>"}]},
    {"type":"reasoning","id":"rs_1","encrypted_content":"xx","summary":[{"type":"summary_text","text":"First."}]},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Reading."}]},
    {"type":"function_call","call_id":"c1","name":"read","arguments":"{\"path\":\"a.rs\",\"limit\":3}"},
    {"type":"function_call","call_id":"c2","name":"read","arguments":"{\"path\":\"a.rs\",\"limit\":3}"},
    {"type":"function_call_output","call_id":"c1","output":"1 fn main() {}"},
    {"type":"function_call_output","call_id":"c2","output":"Error: "},
    {"type":"message","role":"user","content":[{"type":"input_text","text":"Go on."}]}]}
    "##);
}

/// The order that the messages wire demands: answers and others in turn, results first and directly behind their calls.
fn is_in_order(body: &serde_json::Value) -> bool {
    let kind = |block: &serde_json::Value| block["type"].as_str().unwrap_or_default().to_owned();
    let messages = body["messages"].as_array().unwrap();
    messages.iter().all(|message| {
        let blocks = message["content"].as_array().unwrap();
        let first_other =
            blocks.iter().position(|block| kind(block) != "tool_result").unwrap_or(blocks.len());
        let is_sorted = blocks.iter().skip(first_other).all(|block| kind(block) != "tool_result");
        !blocks.is_empty() && (message["role"] == "assistant" || is_sorted)
    }) && messages.windows(2).all(|pair| pair[0]["role"] != pair[1]["role"] || pair[0]["role"] == "user")
}

proptest! {
    #[test]
    fn d7_a_request_begins_the_next_on_every_wire(
        messages in proptest::collection::vec(any_message(), 0..12),
    ) {
        for wire in wires::NAMES.iter().copied() {
            let wire = wires::by_name(wire).unwrap();
            let mut request = projection(messages.clone());
            let mut last = written(wire, &request);
            let parsed = serde_json::from_str::<serde_json::Value>(&last);
            prop_assert!(parsed.is_ok(), "{}", last);
            prop_assert_eq!(&written(wire, &request), &last, "deterministic");
            while request.messages.pop().is_some() {
                let shorter = written(wire, &request);
                let open = shorter.trim_end_matches([']', '}']);
                prop_assert!(last.starts_with(open), "{} / {}", shorter, last);
                last = shorter;
            }
        }
    }
}

#[test]
fn b8_results_stand_first_behind_their_calls() {
    let body: serde_json::Value =
        serde_json::from_str(&written(wires::by_name("anthropic").unwrap(), &golden())).unwrap();
    assert!(is_in_order(&body), "{body}");
    let roles: Vec<&str> =
        body["messages"].as_array().unwrap().iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
}

/// What a log may hold and vendors refuse: an answer that was cut off after its reasoning, a tool's name that the model made
/// up, no words of the person at the beginning, calls where there are no tools, a limit that is too small.
#[test]
fn v1_nothing_is_sent_that_a_vendor_refuses() {
    let sealed = || Block::Thinking {
        text: "T".to_owned(),
        signature: Some(r#"{"id":"rs_1","encrypted_content":"xx"}"#.to_owned()),
    };
    let said = |blocks: Vec<Block>| Message::Assistant { blocks, origin: "v/m".to_owned() };
    let made_up = |id: &str| match call(id, false) {
        Block::Call(call) => Block::Call(ToolCall { name: "functions.read".to_owned(), ..call }),
        other => other,
    };
    let mut request = projection(vec![
        said(vec![text("Before."), sealed()]),
        Message::user("Go on."),
        said(vec![sealed(), text(" "), sealed()]),
        Message::user("Go on."),
        said(vec![sealed(), made_up("c1")]),
        result("c1", "r", false),
    ]);
    request.hints = Hints { max_output: Some(Tokens(3)) };
    for has_tools in [true, false] {
        request.tools = if has_tools { Arc::new([tool("read")]) } else { Arc::new([]) };
        let body = |wire: &str| written(wires::by_name(wire).unwrap(), &request);
        let messages: serde_json::Value = serde_json::from_str(&body("anthropic")).unwrap();
        let messages = messages["messages"].as_array().unwrap();
        assert_eq!(messages[0]["role"], "user");
        let mut kinds = Vec::new();
        for message in messages.iter().filter(|message| message["role"] == "assistant") {
            let last = message["content"].as_array().unwrap().last().unwrap();
            assert_ne!(last["type"], "thinking", "{messages:?}");
            kinds.push(last["type"].as_str().unwrap().to_owned());
        }
        assert_eq!(kinds.last().unwrap(), if has_tools { "tool_use" } else { "text" });
        let written = body("anthropic");
        assert_eq!(written.contains("tool_result"), has_tools, "{written}");

        let input: serde_json::Value = serde_json::from_str(&body("openai-responses")).unwrap();
        assert_eq!(input["max_output_tokens"], 16);
        let kinds: Vec<&str> =
            input["input"].as_array().unwrap().iter().filter_map(|item| item["type"].as_str()).collect();
        let expected =
            "message message reasoning message message reasoning function_call function_call_output";
        assert_eq!(kinds.join(" "), expected);

        for wire in wires::NAMES.iter().copied().filter(|wire| has_tools || *wire != "anthropic") {
            let body = body(wire);
            assert!(body.contains("functions_read") && !body.contains("functions.read"), "{wire}: {body}");
        }
    }
}
