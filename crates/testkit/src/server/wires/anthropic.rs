//! The messages wire: `POST /v1/messages`, events named by their type and ended by `message_stop`.
//!
//! Source: the published reference of the Messages API (streaming events, version 2023-06-01).

use super::{Event, EventKind, Refusal, Wire, call_id, fragments, pieces};
use crate::server::{Finish, Recorded, Turn, Usage};
use serde_json::{Value, json};

/// The wire as such; all state is in the turn and the request.
pub(crate) struct Anthropic;

impl Wire for Anthropic {
    fn path(&self) -> &'static str {
        "/v1/messages"
    }

    fn wants_stream(&self, request: &Recorded) -> bool {
        request.body["stream"] == true
    }

    fn stream(&self, turn: &Turn, request: &Recorded) -> Vec<Event> {
        let tokens = turn.usage_or_estimate(request.weight());
        let mut message = message(request, Value::Null);
        message["content"] = json!([]);
        message["usage"] = usage(Usage { output: 1, ..tokens });
        let mut events =
            vec![event(EventKind::Opening, &json!({"type": "message_start", "message": message}))];
        for (index, block) in blocks(turn, request).iter().enumerate() {
            events.push(event(
                EventKind::Opening,
                &json!({"type": "content_block_start", "index": index, "content_block": block.opening}),
            ));
            for delta in &block.deltas {
                let value = json!({"type": "content_block_delta", "index": index, "delta": delta});
                events.push(event(EventKind::Delta, &value));
            }
            events.push(event(EventKind::Opening, &json!({"type": "content_block_stop", "index": index})));
        }
        if let Some(reason) = stop_reason(&turn.finish_or_default()) {
            let delta = json!({"stop_reason": reason, "stop_sequence": null});
            let mut ending =
                json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens.output}});
            managed(&mut ending, request);
            events.push(event(EventKind::Closing, &ending));
        }
        events.push(event(EventKind::Done, &json!({"type": "message_stop"})));
        events
    }

    fn whole(&self, turn: &Turn, request: &Recorded) -> Value {
        let mut message = message(request, json!(stop_reason(&turn.finish_or_default())));
        let content = blocks(turn, request).into_iter().map(|block| block.whole);
        message["content"] = content.collect();
        message["usage"] = usage(turn.usage_or_estimate(request.weight()));
        managed(&mut message, request);
        message
    }

    fn error(&self, refusal: Refusal, message: &str) -> Value {
        let kind = match refusal {
            Refusal::RateLimited => "rate_limit_error",
            Refusal::QuotaExhausted => "billing_error",
            Refusal::Overloaded => "overloaded_error",
            Refusal::Unauthorized => "authentication_error",
            Refusal::BadRequest | Refusal::WindowExceeded => "invalid_request_error",
            Refusal::ServerError => "api_error",
        };
        json!({"type": "error", "error": {"type": kind, "message": message}})
    }
}

/// One block: how it opens, what follows, and what it comes to.
struct Block {
    opening: Value,
    deltas: Vec<Value>,
    whole: Value,
}

fn blocks(turn: &Turn, request: &Recorded) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !turn.thinking.is_empty() {
        let signature = format!("signature-{}", request.index);
        let thought = pieces(&turn.thinking, turn.delta_chars).into_iter();
        let mut deltas: Vec<Value> =
            thought.map(|piece| json!({"type": "thinking_delta", "thinking": piece})).collect();
        deltas.push(json!({"type": "signature_delta", "signature": signature}));
        blocks.push(Block {
            opening: json!({"type": "thinking", "thinking": "", "signature": ""}),
            deltas,
            whole: json!({"type": "thinking", "thinking": turn.thinking, "signature": signature}),
        });
    }
    if !turn.text.is_empty() {
        let said = pieces(&turn.text, turn.delta_chars).into_iter();
        blocks.push(Block {
            opening: json!({"type": "text", "text": ""}),
            deltas: said.map(|piece| json!({"type": "text_delta", "text": piece})).collect(),
            whole: json!({"type": "text", "text": turn.text}),
        });
    }
    for (place, call) in turn.calls.iter().enumerate() {
        let id = call_id(call, place, request.index);
        let rest = fragments(&call.arguments, turn.fragment_bytes).into_iter();
        let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
        blocks.push(Block {
            opening: json!({"type": "tool_use", "id": id, "name": call.name, "input": {}}),
            deltas: rest.map(|text| json!({"type": "input_json_delta", "partial_json": text})).collect(),
            whole: json!({"type": "tool_use", "id": id, "name": call.name, "input": input}),
        });
    }
    blocks
}

/// Says which edits were applied, in an answer to a request that asked for some.
fn managed(answer: &mut Value, request: &Recorded) {
    if let Some(edited) = &request.edited {
        answer["context_management"] = edited.applied.clone();
    }
}

fn event(kind: EventKind, data: &Value) -> Event {
    Event { name: data["type"].as_str().map(str::to_owned), ..Event::json(kind, data) }
}

#[expect(clippy::needless_pass_by_value, reason = "`json!(...)` is written in place")]
fn message(request: &Recorded, stop_reason: Value) -> Value {
    json!({
        "id": format!("msg_{}", request.index),
        "type": "message",
        "role": "assistant",
        "model": request.body["model"],
        "stop_reason": stop_reason,
        "stop_sequence": null,
    })
}

fn stop_reason(finish: &Finish) -> Option<String> {
    match finish {
        Finish::Stop => Some("end_turn".to_owned()),
        Finish::ToolCalls => Some("tool_use".to_owned()),
        Finish::Length => Some("max_tokens".to_owned()),
        Finish::ContentFilter => Some("refusal".to_owned()),
        Finish::Other(word) => Some(word.clone()),
        Finish::Missing => None,
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input.saturating_sub(usage.cached + usage.cache_written),
        "cache_creation_input_tokens": usage.cache_written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
    })
}
