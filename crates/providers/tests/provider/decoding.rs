//! Events of many dialects to deltas.

use headwater_protocol::{ModelDelta, StopSignal, Tokens, Usage};
use headwater_providers::sse::Event;
use headwater_providers::wires::{DecodeError, OpenAiChat, Wire as _};
use serde_json::{Value, json};

use crate::kit::Came;

/// What these chunks come to, `[DONE]` behind them.
fn decode(chunks: &[Value]) -> Result<Came, DecodeError> {
    let mut decoder = OpenAiChat.decoder();
    let mut came = Came::default();
    let texts = chunks.iter().map(Value::to_string).chain(["[DONE]".to_owned()]);
    for text in texts {
        decoder.event(Event { name: b"", data: text.as_bytes() }, &mut came.deltas)?;
    }
    assert!(decoder.is_complete());
    decoder.end(&mut came.deltas);
    Ok(came)
}

#[expect(clippy::needless_pass_by_value, reason = "`json!(...)` is written in place")]
fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

#[expect(clippy::needless_pass_by_value, reason = "`json!(...)` is written in place")]
fn call(call: Value) -> Value {
    delta(json!({"tool_calls": [call]}))
}

/// A whole call in one piece.
fn whole(id: &str, name: &str, path: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": format!("{{\"path\":\"{path}\"}}")}})
}

type Dialect = (&'static str, Vec<Value>, Vec<&'static str>);

fn calls_at_once() -> Vec<Dialect> {
    let mut zero = [whole("a", "read", "1"), whole("b", "read", "2")];
    for call in &mut zero {
        call["index"] = json!(0);
    }
    vec![
        (
            "whole calls without an index, ids empty, the same tool",
            vec![delta(json!({"tool_calls": [whole("", "read", "1"), whole("", "read", "2")]}))],
            vec!["0  read {\"path\":\"1\"}", "1  read {\"path\":\"2\"}"],
        ),
        (
            "the same id twice",
            vec![call(whole("x", "read", "1")), call(whole("x", "list", "2"))],
            vec!["0 x read {\"path\":\"1\"}", "1 x list {\"path\":\"2\"}"],
        ),
        (
            "every call has index 0",
            zero.map(call).to_vec(),
            vec!["0 a read {\"path\":\"1\"}", "1 b read {\"path\":\"2\"}"],
        ),
    ]
}

fn calls_in_fragments() -> Vec<Dialect> {
    vec![
        (
            "id and name repeated in each fragment",
            vec![
                call(json!({"id": "a", "function": {"name": "read", "arguments": "{\"pa"}})),
                call(json!({"id": "a", "function": {"name": "read", "arguments": "th\":\"}\"}"}})),
                call(json!({"id": "a", "function": {"name": "read", "arguments": ""}})),
            ],
            vec!["0 a read {\"path\":\"}\"}"],
        ),
        (
            "fragments without index or id",
            vec![
                call(json!({"id": "a", "function": {"name": "read", "arguments": "{\"path\""}})),
                call(json!({"function": {"arguments": ":\"1\"}"}})),
            ],
            vec!["0 a read {\"path\":\"1\"}"],
        ),
        (
            "the name comes late",
            vec![
                call(json!({"index": 0, "id": "a", "function": {"arguments": "{"}})),
                call(json!({"index": 0, "function": {"name": "read", "arguments": "}"}})),
            ],
            vec!["0 a read {}"],
        ),
        (
            "the name never comes",
            vec![call(json!({"index": 0, "id": "a", "function": {"arguments": "{}"}}))],
            vec!["0 a  {}"],
        ),
        (
            "arguments as an object, and as null",
            vec![
                call(
                    json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": {"path": "1"}}}),
                ),
                call(json!({"index": 1, "id": "b", "function": {"name": "list", "arguments": null}})),
            ],
            vec!["0 a read {\"path\":\"1\"}", "1 b list "],
        ),
    ]
}

#[test]
fn calls_of_every_dialect() {
    for (name, chunks, expected) in calls_at_once().into_iter().chain(calls_in_fragments()) {
        let came = decode(&chunks).unwrap();
        assert_eq!(came.calls(), expected, "{name}");
        assert_eq!(came.finished(), Some(StopSignal::ToolCalls), "{name}");
    }
}

#[test]
fn reasoning_and_text_of_every_dialect() {
    let part = |kind: &str, field: &str, said: Value| json!({"type": kind, field: said});
    let cases = [
        ("one name", json!({"reasoning_content": "T"}), "T", ""),
        ("another", json!({"reasoning": "T"}), "T", ""),
        ("both", json!({"reasoning": "T", "reasoning_content": "T", "content": null}), "T", ""),
        (
            "parts",
            json!({"content": [part("thinking", "thinking", json!("T")), part("text", "text", json!("A"))]}),
            "T",
            "A",
        ),
        (
            "nested parts",
            json!({"content": [part("thinking", "thinking", json!([part("text", "text", json!("T"))]))]}),
            "T",
            "",
        ),
        ("a refusal", json!({"refusal": "No."}), "", "No."),
        (
            "nothing that is known",
            json!({"content": {"x": 1}, "reasoning": 7, "reasoning_content": true, "audio": {}}),
            "",
            "",
        ),
    ];
    for (name, said, thinking, text) in cases {
        let came = decode(&[delta(said)]).unwrap();
        assert_eq!((came.thinking().as_str(), came.text().as_str()), (thinking, text), "{name}");
    }
}

#[test]
fn usage_of_every_dialect_is_told_once() {
    let usage = |cached: Value| {
        let mut usage = json!({"prompt_tokens": 100, "completion_tokens": 7});
        usage.as_object_mut().unwrap().extend(cached.as_object().unwrap().clone());
        usage
    };
    let beside = |usage: Value| json!({"choices": [], "usage": usage});
    let cases = [
        beside(usage(json!({"prompt_tokens_details": {"cached_tokens": 60}}))),
        beside(usage(json!({"prompt_cache_hit_tokens": 60, "prompt_cache_miss_tokens": 40}))),
        beside(usage(json!({"cached_tokens": 60, "prompt_tokens_details": null}))),
        json!({"choices": [{"delta": {}, "usage": usage(json!({"cached_tokens": 60}))}], "usage": null}),
    ];
    let expected = Usage { input: Tokens(100), cached: Tokens(60), output: Tokens(7), ..Usage::default() };
    for chunk in cases {
        let earlier = beside(json!({"prompt_tokens": 100, "completion_tokens": 3}));
        let came = decode(&[earlier, chunk.clone(), chunk.clone()]).unwrap();
        let reports = came.deltas.iter().filter_map(|delta| match delta {
            ModelDelta::Usage(usage) => Some(*usage),
            _ => None,
        });
        let reports: Vec<Usage> = reports.collect();
        assert_eq!((reports.len(), reports.last()), (2, Some(&expected)), "{chunk}");
    }
}

#[test]
fn usage_that_makes_no_sense_costs_no_answer() {
    let table = [
        ("negative", r#"{"prompt_tokens":-5,"completion_tokens":3}"#, None),
        ("a fraction", r#"{"prompt_tokens":5.5,"completion_tokens":3}"#, None),
        ("beyond every number", r#"{"prompt_tokens":1e999,"completion_tokens":3}"#, None),
        ("beyond 64 bits", r#"{"prompt_tokens":99999999999999999999999,"completion_tokens":3}"#, None),
        ("absurd", r#"{"prompt_tokens":18446744073709551615,"completion_tokens":3}"#, None),
        ("a text", r#"{"prompt_tokens":"many"}"#, None),
        ("details that are none", r#"{"prompt_tokens":5,"prompt_tokens_details":"none"}"#, None),
        (
            "negative in the details",
            r#"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":-1}}"#,
            None,
        ),
        ("no object", r#""unknown""#, None),
        ("a list", "[1, 2]", None),
        ("null", "null", None),
        ("nulls", r#"{"prompt_tokens":null,"completion_tokens":null}"#, None),
        ("null among numbers", r#"{"prompt_tokens":5,"completion_tokens":null}"#, Some((5, 0))),
        ("a whole number with a point", r#"{"prompt_tokens":5.0,"completion_tokens":3.0}"#, Some((5, 3))),
    ];
    for (name, usage, expected) in table {
        let last = format!(
            r#"{{"choices":[{{"index":0,"delta":{{"content":"Hi"}},"finish_reason":"stop","usage":{usage}}}],"usage":{usage}}}"#
        );
        let mut decoder = OpenAiChat.decoder();
        let mut came = Came::default();
        decoder.event(Event { name: b"", data: last.as_bytes() }, &mut came.deltas).expect(name);
        decoder.end(&mut came.deltas);
        assert_eq!((came.text().as_str(), came.finished()), ("Hi", Some(StopSignal::EndTurn)), "{name}");
        let told = came.deltas.iter().find_map(|delta| match delta {
            ModelDelta::Usage(usage) => Some((usage.input.0, usage.output.0)),
            _ => None,
        });
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn a_server_that_fails_in_the_middle_says_so() {
    let cases = [
        (
            json!({"error": {"message": "busy", "code": 429, "metadata": {"raw": "slow down"}}}),
            "busy: slow down",
            Some(429),
        ),
        (json!({"error": "out of memory"}), "out of memory", None),
        (
            json!({"choices": [{"delta": {}, "finish_reason": "insufficient_system_resource"}]}),
            "gave up",
            Some(503),
        ),
        (
            json!({"choices": [{"delta": {}, "error": {"message": "upstream", "code": "502"}}]}),
            "upstream",
            Some(502),
        ),
    ];
    for (chunk, message, status) in cases {
        let Err(DecodeError::Refused(complaint)) = decode(std::slice::from_ref(&chunk)) else {
            panic!("{chunk}")
        };
        assert!(complaint.message.contains(message), "{complaint:?}");
        assert_eq!(complaint.status, status, "{chunk}");
    }
    assert!(matches!(decode(&[json!({"choices": "x"})]), Err(DecodeError::Malformed(_))));
    assert!(decode(&[json!({"type": "ping"}), json!({"choices": null})]).unwrap().finished().is_some());
}

#[test]
fn complaints_have_many_shapes() {
    let cases = [
        (r#"{"error":{"message":"m","type":"T","code":"C"}}"#, Some("m C:T".to_owned())),
        (r#"{"error":"m"}"#, Some("m ".to_owned())),
        (
            r#"{"object":"error","message":"m","type":"BadRequestError"}"#,
            Some("m badrequesterror".to_owned()),
        ),
        (r#"{"detail":"m"}"#, Some("m ".to_owned())),
        (r#"[{"error":{"message":"m","status":"INTERNAL"}}]"#, Some("m internal".to_owned())),
        (r#"{"choices":[]}"#, None),
        ("plain", None),
    ];
    for (body, expected) in cases {
        let found = OpenAiChat.complaint(body.as_bytes());
        let found = found.map(|complaint| format!("{} {}", complaint.message, complaint.codes.join(":")));
        assert_eq!(
            found.map(|found| found.to_lowercase()),
            expected.map(|text| text.to_lowercase()),
            "{body}"
        );
    }
}

#[test]
fn a_whole_document_is_an_answer_too() {
    let mut decoder = OpenAiChat.decoder();
    let mut came = Came::default();
    let message = json!({"role": "assistant", "content": "Hi", "tool_calls": null});
    let document = json!({"choices": [{"message": message, "finish_reason": "stop"}]}).to_string();
    decoder.whole(document.as_bytes(), &mut came.deltas).unwrap();
    decoder.end(&mut came.deltas);
    assert_eq!((came.text().as_str(), came.finished()), ("Hi", Some(StopSignal::EndTurn)));
}
