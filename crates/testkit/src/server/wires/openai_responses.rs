//! The responses wire: `POST /v1/responses`, events ended by `response.completed`.
//!
//! Source: the published reference of the Responses API and of its streaming events.

use super::{Event, EventKind, Refusal, Wire, call_id, fragments, pieces};
use crate::server::{Finish, Recorded, Turn, Usage};
use serde_json::{Value, json};

/// The wire as such; all state is in the turn and the request.
pub(crate) struct OpenAiResponses;

impl Wire for OpenAiResponses {
    fn path(&self) -> &'static str {
        "/v1/responses"
    }

    fn wants_stream(&self, request: &Recorded) -> bool {
        request.body["stream"] == true
    }

    fn stream(&self, turn: &Turn, request: &Recorded) -> Vec<Event> {
        let mut opened = response(request, "in_progress");
        opened["output"] = json!([]);
        let mut events =
            vec![event(EventKind::Opening, &json!({"type": "response.created", "response": opened}))];
        for (index, item) in items(turn, request).iter().enumerate() {
            let added =
                json!({"type": "response.output_item.added", "output_index": index, "item": item.opening});
            events.push(event(EventKind::Opening, &added));
            for piece in &item.pieces {
                let value = json!({"type": item.kind, "output_index": index, "delta": piece});
                events.push(event(EventKind::Delta, &value));
            }
            let done =
                json!({"type": "response.output_item.done", "output_index": index, "item": item.whole});
            events.push(event(EventKind::Opening, &done));
        }
        if turn.finish_or_default() != Finish::Missing {
            let whole = self.whole(turn, request);
            let kind =
                if whole["status"] == "incomplete" { "response.incomplete" } else { "response.completed" };
            events.push(event(EventKind::Done, &json!({"type": kind, "response": whole})));
        }
        events
    }

    fn whole(&self, turn: &Turn, request: &Recorded) -> Value {
        let finish = turn.finish_or_default();
        let why = match &finish {
            Finish::Length => Some("max_output_tokens"),
            Finish::ContentFilter => Some("content_filter"),
            Finish::Other(word) => Some(word.as_str()),
            Finish::Stop | Finish::ToolCalls | Finish::Missing => None,
        };
        let mut response = response(request, if why.is_some() { "incomplete" } else { "completed" });
        response["incomplete_details"] = why.map_or(Value::Null, |reason| json!({"reason": reason}));
        response["output"] = items(turn, request).into_iter().map(|item| item.whole).collect();
        response["usage"] = usage(turn.usage_or_estimate(request.weight()));
        response
    }

    fn error(&self, refusal: Refusal, message: &str) -> Value {
        let (kind, code) = match refusal {
            Refusal::RateLimited => ("requests", json!("rate_limit_exceeded")),
            Refusal::QuotaExhausted => ("insufficient_quota", json!("insufficient_quota")),
            Refusal::Overloaded | Refusal::ServerError => ("server_error", Value::Null),
            Refusal::Unauthorized => ("invalid_request_error", json!("invalid_api_key")),
            Refusal::BadRequest => ("invalid_request_error", Value::Null),
            Refusal::WindowExceeded => ("invalid_request_error", json!("context_length_exceeded")),
        };
        json!({"type": "error", "error": {"message": message, "type": kind, "param": null, "code": code}})
    }
}

/// One item: how it opens, the pieces and the kind of event that brings them, and what it comes to.
struct Item {
    opening: Value,
    kind: &'static str,
    pieces: Vec<String>,
    whole: Value,
}

fn items(turn: &Turn, request: &Recorded) -> Vec<Item> {
    let mut items = Vec::new();
    if !turn.thinking.is_empty() {
        let (id, sealed) = (format!("rs_{}", request.index), format!("sealed-{}", request.index));
        let summary = json!([{"type": "summary_text", "text": turn.thinking}]);
        items.push(Item {
            opening: json!({"type": "reasoning", "id": id, "summary": []}),
            kind: "response.reasoning_summary_text.delta",
            pieces: pieces(&turn.thinking, turn.delta_chars),
            whole: json!({"type": "reasoning", "id": id, "summary": summary, "encrypted_content": sealed}),
        });
    }
    if !turn.text.is_empty() {
        let content = json!([{"type": "output_text", "text": turn.text, "annotations": []}]);
        items.push(Item {
            opening: json!({"type": "message", "role": "assistant", "content": []}),
            kind: "response.output_text.delta",
            pieces: pieces(&turn.text, turn.delta_chars),
            whole: json!({"type": "message", "role": "assistant", "content": content}),
        });
    }
    for (place, call) in turn.calls.iter().enumerate() {
        let id = call_id(call, place, request.index);
        let with = |arguments: &str| json!({"type": "function_call", "id": format!("fc_{place}"), "call_id": id, "name": call.name, "arguments": arguments});
        items.push(Item {
            opening: with(""),
            kind: "response.function_call_arguments.delta",
            pieces: fragments(&call.arguments, turn.fragment_bytes),
            whole: with(&call.arguments),
        });
    }
    items
}

fn event(kind: EventKind, data: &Value) -> Event {
    Event { name: data["type"].as_str().map(str::to_owned), ..Event::json(kind, data) }
}

fn response(request: &Recorded, status: &str) -> Value {
    let [before, within] = request.standing.clone().unwrap_or_default();
    json!({
        "previous_response_id": before,
        "conversation": within,
        "id": format!("resp_{}", request.index),
        "object": "response",
        "model": request.body["model"],
        "status": status,
        "error": null,
    })
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    })
}
