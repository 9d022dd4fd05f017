//! Requests by the letter, and that each begins the next.

use std::sync::Arc;

use headwater_protocol::message::MalformedInput;
use headwater_protocol::{Block, CallId, Hints, Message, ModelInfo, Projection, Tokens, ToolCall};
use headwater_providers::wires::{Destination, OpenAiChat, Wire as _};
use headwater_providers::{Echo, EmptyContent, Model, OutputLimit, Quirks};
use proptest::prelude::*;
use serde_json::{Map, json};

use crate::kit::{projection, tool};

fn model(echo: Echo) -> Model {
    Model { info: ModelInfo::unknown("m"), echo, body: Map::new(), writes_calls: false }
}

fn body(request: &Projection, model: &Model, quirks: &Quirks) -> String {
    let destination = Destination { vendor: "v", model, quirks };
    String::from_utf8(OpenAiChat.body(request, destination)).unwrap()
}

/// The messages of a request to a plain vendor, one a line.
fn messages(messages: Vec<Message>, echo: Echo, quirks: &Quirks) -> String {
    let body = body(&projection(messages), &model(echo), quirks);
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    let lines: Vec<String> =
        value["messages"].as_array().unwrap().iter().skip(1).map(ToString::to_string).collect();
    lines.join("\n")
}

fn assistant(origin: &str, blocks: Vec<Block>) -> Message {
    Message::Assistant { blocks, origin: origin.to_owned() }
}

pub(crate) fn text(text: &str) -> Block {
    Block::Text { text: text.to_owned() }
}

fn thinking(text: &str) -> Block {
    Block::Thinking { text: text.to_owned(), signature: None }
}

pub(crate) fn call(id: &str, malformed: bool) -> Block {
    let error = MalformedInput { raw: "{\"path\":".to_owned(), error: "EOF".to_owned() };
    Block::Call(ToolCall {
        call: CallId::new(id),
        name: "read".to_owned(),
        input: json!({"path": "a.rs", "limit": 3}),
        malformed: malformed.then_some(error),
    })
}

pub(crate) fn result(id: &str, text: &str, is_error: bool) -> Message {
    Message::ToolResult { call: CallId::new(id), name: "read".to_owned(), text: text.to_owned(), is_error }
}

#[test]
fn b8_a_request_of_the_chat_wire_by_the_letter() {
    let mut request = projection(vec![
        Message::User { parts: vec!["Read it.".to_owned(), "<reminder>\nBe kind.\n</reminder>".to_owned()] },
        assistant("v/m", vec![text("Reading."), call("c1", false), call("c2", true)]),
        result("c1", "1 fn main() {}", false),
        result("c2", "No such file.", true),
    ]);
    request.tools = Arc::new([tool("read")]);
    request.hints = Hints { max_output: Some(Tokens(100)) };
    let body = body(&request, &model(Echo::Never), &Quirks::default());
    insta::assert_snapshot!(body.replace(",\"messages\"", "\n,\"messages\"").replace("},{\"role", "},\n{\"role"), @r##"
    {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":100,"tools":[{"type":"function","function":{"name":"read","description":"The tool read.","parameters":{"type":"object","properties":{"path":{"type":"string"}}}}}]
    ,"messages":[{"role":"system","content":"You are a test."},
    {"role":"user","content":"Read it.\n\n<reminder>\nBe kind.\n</reminder>"},
    {"role":"assistant","content":"Reading.","tool_calls":[{"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a.rs\",\"limit\":3}"}},{"id":"c2","type":"function","function":{"name":"read","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"1 fn main() {}"},
    {"role":"tool","tool_call_id":"c2","content":"Error: No such file."}]}
    "##);
}

#[test]
fn options_follow_the_quirks() {
    let limited = |quirks: &Quirks, hint: Option<u64>| {
        let mut model = model(Echo::Never);
        model.info.max_output = Some(Tokens(50));
        model.body.insert("reasoning_effort".to_owned(), json!("none"));
        let mut request = projection(vec![]);
        request.hints.max_output = hint.map(Tokens);
        let body = body(&request, &model, quirks);
        body.split_once(",\"messages\"").unwrap().0.to_owned()
    };
    let plain = Quirks::default();
    let other = Quirks {
        include_usage: false,
        output_limit: OutputLimit::MaxCompletionTokens,
        always_limit_output: true,
        ..Quirks::default()
    };
    insta::assert_snapshot!(limited(&plain, None), @r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"reasoning_effort":"none""#);
    insta::assert_snapshot!(limited(&plain, Some(70)), @r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":50,"reasoning_effort":"none""#);
    insta::assert_snapshot!(limited(&other, None), @r#"{"model":"m","stream":true,"max_completion_tokens":50,"reasoning_effort":"none""#);
}

#[test]
fn reasoning_goes_back_where_it_came_from() {
    let conversation = || {
        vec![
            Message::user("One?"),
            assistant("v/m", vec![thinking("T1"), text("A1")]),
            Message::user("Two?"),
            assistant("v/m", vec![thinking("T2"), call("c1", false)]),
            result("c1", "r", false),
            assistant("v/m", vec![thinking("T3"), text("A3")]),
            Message::user("Three?"),
            assistant("w/m", vec![thinking("T4"), call("c2", false)]),
            result("c2", "r", false),
            assistant("v/m2", vec![thinking("T5"), text("A5")]),
        ]
    };
    let echoed = |echo, quirks: &Quirks| {
        let all = messages(conversation(), echo, quirks);
        let field = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value.get(&quirks.reasoning_field).map(|field| field.as_str().unwrap().to_owned())
        };
        all.lines().filter(|line| line.contains("assistant")).map(field).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    let plain = Quirks::default();
    assert_eq!(echoed(Echo::Never, &plain), [const { None }; 5]);
    assert_eq!(echoed(Echo::ToolTurns, &plain), [None, some("T2"), some("T3"), None, None]);
    assert_eq!(echoed(Echo::Always, &plain), [some("T1"), some("T2"), some("T3"), None, None]);
    let strict =
        Quirks { empty_reasoning: true, reasoning_field: "reasoning".to_owned(), ..Quirks::default() };
    assert_eq!(echoed(Echo::Always, &strict), [some("T1"), some("T2"), some("T3"), some(""), some("")]);
}

#[test]
fn missing_text_and_lone_thinking() {
    let calls = || vec![assistant("v/m", vec![call("c", false)])];
    let with = |empty_content| Quirks { empty_content, ..Quirks::default() };
    for (quirk, expected) in [
        (EmptyContent::Null, "{\"role\":\"assistant\",\"content\":null,\"tool_calls\""),
        (EmptyContent::Text, "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\""),
        (EmptyContent::Omit, "{\"role\":\"assistant\",\"tool_calls\""),
    ] {
        let written = messages(calls(), Echo::Never, &with(quirk));
        assert!(written.starts_with(expected), "{written}");
    }
    let lone = || vec![assistant("v/m", vec![thinking("Hm.")])];
    assert_eq!(messages(lone(), Echo::Never, &Quirks::default()), "");
    assert_eq!(
        messages(lone(), Echo::Always, &Quirks::default()),
        "{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"Hm.\"}"
    );
}

#[test]
fn user_messages_are_merged_only_where_they_must() {
    let conversation = || vec![Message::user("a"), Message::user("b"), assistant("v/m", vec![text("c")])];
    let strict = Quirks { strict_alternation: true, ..Quirks::default() };
    insta::assert_snapshot!(messages(conversation(), Echo::Never, &Quirks::default()), @r#"
    {"role":"user","content":"a"}
    {"role":"user","content":"b"}
    {"role":"assistant","content":"c"}
    "#);
    insta::assert_snapshot!(messages(conversation(), Echo::Never, &strict), @r#"
    {"role":"user","content":"a\n\nb"}
    {"role":"assistant","content":"c"}
    "#);
}

pub(crate) fn any_message() -> impl Strategy<Value = Message> {
    let words = || "[ -~ä漢]{0,12}";
    let block = prop_oneof![
        words().prop_map(|words| text(&words)),
        words().prop_map(|words| thinking(&words)),
        ("[a-z]{1,3}", any::<bool>()).prop_map(|(id, malformed)| call(&id, malformed)),
    ];
    let origin = prop::sample::select(vec!["v/m", "w/m"]);
    prop_oneof![
        prop::collection::vec(words(), 1..3).prop_map(|parts| Message::User { parts }),
        (prop::collection::vec(block, 1..4), origin).prop_map(|(blocks, origin)| assistant(origin, blocks)),
        ("[a-z]{1,3}", words(), any::<bool>())
            .prop_map(|(id, words, is_error)| result(&id, &words, is_error)),
    ]
}

proptest! {
    #[test]
    fn a_request_begins_the_next(
        all in prop::collection::vec(any_message(), 0..12),
        echo in prop::sample::select(vec![Echo::Never, Echo::ToolTurns, Echo::Always]),
        empty_reasoning in any::<bool>(),
        has_tools in any::<bool>(),
    ) {
        let quirks = Quirks { empty_reasoning, ..Quirks::default() };
        let model = model(echo);
        let mut request = projection(all);
        if has_tools {
            request.tools = Arc::new([tool("read"), tool("list")]);
        }
        let mut last = body(&request, &model, &quirks);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&last).is_ok());
        prop_assert_eq!(&body(&request, &model, &quirks), &last, "deterministic");
        while request.messages.pop().is_some() {
            let shorter = body(&request, &model, &quirks);
            prop_assert!(last.starts_with(shorter.strip_suffix("]}").unwrap()), "{} / {}", shorter, last);
            last = shorter;
        }
    }
}
