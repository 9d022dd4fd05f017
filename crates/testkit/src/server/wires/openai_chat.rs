//! The chat-completions wire: `POST /v1/chat/completions`, server-sent events ending in `[DONE]`.
//!
//! Source: the published API reference of chat completions (streaming chunks, `tool_calls` by index,
//! `stream_options.include_usage`), and `reasoning_content` as reasoning servers add it.

use super::{Event, EventKind, Refusal, Wire, fragments, pieces};
use crate::server::call::CallId;
use crate::server::minimal::is_minimal;
use crate::server::{Call, Finish, Recorded, Turn, Usage};
use serde_json::{Map, Value, json};

/// The wire as such; all state is in the turn and the request.
pub(crate) struct OpenAiChat;

impl Wire for OpenAiChat {
    fn path(&self) -> &'static str {
        "/v1/chat/completions"
    }

    fn wants_stream(&self, request: &Recorded) -> bool {
        request.body["stream"] == true
    }

    fn stream(&self, turn: &Turn, request: &Recorded) -> Vec<Event> {
        let mut events =
            vec![choice(request, EventKind::Opening, &json!({"role": "assistant", "content": ""}), None)];
        let delta = |value: &Value| choice(request, EventKind::Delta, value, None);
        for piece in pieces(&turn.thinking, turn.delta_chars) {
            events.push(delta(&json!({"reasoning_content": piece})));
        }
        for piece in pieces(&turn.text, turn.delta_chars) {
            events.push(delta(&json!({"content": piece})));
        }
        for piece in call_pieces(turn, request.index) {
            events.push(delta(&json!({"tool_calls": [piece]})));
        }
        if let Some(reason) = finish_word(&turn.finish_or_default()) {
            events.push(choice(request, EventKind::Closing, &json!({}), Some(&reason)));
        }
        if request.body["stream_options"]["include_usage"] == true && !is_minimal() {
            let mut chunk = envelope(request, "chat.completion.chunk", json!([]));
            chunk["usage"] = usage(turn.usage_or_estimate(request.raw.len()));
            events.push(Event::json(EventKind::Closing, &chunk));
        }
        events.push(Event { kind: EventKind::Done, name: None, data: "[DONE]".to_owned() });
        events
    }

    fn whole(&self, turn: &Turn, request: &Recorded) -> Value {
        let mut message = json!({"role": "assistant", "content": turn.text});
        if !turn.thinking.is_empty() {
            message["reasoning_content"] = json!(turn.thinking);
        }
        if !turn.calls.is_empty() {
            let calls = turn.calls.iter().enumerate();
            let calls = calls
                .map(|(place, call)| Value::Object(opening(call, place, request.index, &call.arguments)));
            message["tool_calls"] = calls.collect();
        }
        let reason = finish_word(&turn.finish_or_default());
        let choices = json!([{"index": 0, "message": message, "finish_reason": reason}]);
        let mut answer = envelope(request, "chat.completion", choices);
        answer["usage"] = usage(turn.usage_or_estimate(request.raw.len()));
        answer
    }

    fn error(&self, refusal: Refusal, message: &str) -> Value {
        let (kind, code) = match refusal {
            Refusal::RateLimited => ("requests", json!("rate_limit_exceeded")),
            Refusal::QuotaExhausted => ("insufficient_quota", json!("insufficient_quota")),
            Refusal::Overloaded => ("overloaded_error", Value::Null),
            Refusal::Unauthorized => ("invalid_request_error", json!("invalid_api_key")),
            Refusal::BadRequest => ("invalid_request_error", Value::Null),
            Refusal::WindowExceeded => ("invalid_request_error", json!("context_length_exceeded")),
            Refusal::ServerError => ("server_error", Value::Null),
        };
        json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
    }
}

fn envelope(request: &Recorded, object: &str, choices: Value) -> Value {
    let mut chunk = json!({
        "id": format!("chatcmpl-{}", request.index),
        "object": object,
        "created": 1_700_000_000,
        "model": request.body["model"],
    });
    chunk["choices"] = choices;
    chunk
}

fn choice(request: &Recorded, kind: EventKind, delta: &Value, reason: Option<&str>) -> Event {
    let choices = json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
    Event::json(kind, &envelope(request, "chat.completion.chunk", choices))
}

/// Every piece of every call: first name and id, then the fragments of the arguments.
fn call_pieces(turn: &Turn, request: usize) -> Vec<Value> {
    let mut lanes: Vec<Vec<Value>> = Vec::new();
    for (place, call) in turn.calls.iter().enumerate() {
        let mut lane = vec![Value::Object(opening(call, place, request, ""))];
        let rest = fragments(&call.arguments, turn.fragment_bytes);
        lane.extend(rest.iter().map(|text| json!({"index": place, "function": {"arguments": text}})));
        lanes.push(lane);
    }
    if turn.interleaved { dealt_in_rounds(lanes) } else { lanes.concat() }
}

fn dealt_in_rounds(lanes: Vec<Vec<Value>>) -> Vec<Value> {
    let mut lanes: Vec<_> = lanes.into_iter().map(Vec::into_iter).collect();
    let mut dealt = Vec::new();
    loop {
        let round: Vec<Value> = lanes.iter_mut().filter_map(Iterator::next).collect();
        if round.is_empty() {
            return dealt;
        }
        dealt.extend(round);
    }
}

fn opening(call: &Call, place: usize, request: usize, arguments: &str) -> Map<String, Value> {
    let mut piece = Map::new();
    piece.insert("index".to_owned(), json!(place));
    match &call.id {
        CallId::Fresh => drop(piece.insert("id".to_owned(), json!(format!("call_{request}_{place}")))),
        CallId::Named(id) => drop(piece.insert("id".to_owned(), json!(id))),
        CallId::Missing => {}
    }
    piece.insert("type".to_owned(), json!("function"));
    piece.insert("function".to_owned(), json!({"name": call.name, "arguments": arguments}));
    piece
}

fn finish_word(finish: &Finish) -> Option<String> {
    match finish {
        Finish::Stop => Some("stop".to_owned()),
        Finish::ToolCalls => Some("tool_calls".to_owned()),
        Finish::Length => Some("length".to_owned()),
        Finish::ContentFilter => Some("content_filter".to_owned()),
        Finish::Other(word) => Some(word.clone()),
        Finish::Missing => None,
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}
