//! From a projection to the bytes of a request.
//!
//! *Invariant:* `input` is the last key, and each item is written from its own message alone, so that the bytes of
//! request n, without the closing brackets, begin request n+1.

use std::borrow::Cow;

use headwater_protocol::{Block, Message, Projection, ToolCall, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::wires::{Destination, Place};
use crate::writing::{append, as_error, plain_name};

/// The shortest limit for an answer that the wire takes.
const SHORTEST: u64 = 16;

/// The bytes of a request.
pub(super) fn write(request: &Projection, destination: Destination<'_>) -> Vec<u8> {
    let items = request.messages.iter().flat_map(|message| written(message, destination));
    write_at(request, destination, Place::Apart, items)
}

/// The bytes of a request with these items that stands at `place`.
pub(super) fn write_at(
    request: &Projection,
    destination: Destination<'_>,
    place: Place<'_>,
    items: impl Iterator<Item = impl AsRef<[u8]>>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * 1024);
    append(&mut out, &Head::of(request, destination, place));
    out.pop();
    out.extend_from_slice(b",\"input\":[");
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.extend_from_slice(item.as_ref());
    }
    out.extend_from_slice(b"]}");
    out
}

/// The items of a message.
pub(super) fn written(message: &Message, destination: Destination<'_>) -> Vec<Vec<u8>> {
    let write = |item: Item<'_>| {
        let mut out = Vec::new();
        append(&mut out, &item);
        out
    };
    items(message, destination).into_iter().map(write).collect()
}

/// Everything before the input; the same in every request of a session.
#[derive(Serialize)]
struct Head<'a> {
    model: &'a str,
    stream: bool,
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_response_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a str>,
    include: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
    #[serde(flatten)]
    body: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    instructions: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    /// The strict form demands that every field is required, which optional arguments cannot give.
    strict: bool,
}

impl<'a> Head<'a> {
    /// Reasoning comes sealed even where the server keeps it: the log has to hold all that it takes to go on elsewhere.
    fn of(request: &'a Projection, destination: Destination<'a>, place: Place<'a>) -> Self {
        let previous_response_id = if let Place::After(id) = place { Some(id) } else { None };
        let conversation = if let Place::Within(id) = place { Some(id) } else { None };
        Self {
            model: &destination.model.info.name,
            stream: true,
            store: place != Place::Apart,
            previous_response_id,
            conversation,
            include: ["reasoning.encrypted_content"],
            max_output_tokens: destination.output_limit(request).map(|limit| limit.max(SHORTEST)),
            body: &destination.model.body,
            instructions: &request.system,
            tools: request.tools.iter().map(Tool::of).collect(),
        }
    }
}

impl<'a> Tool<'a> {
    fn of(spec: &'a ToolSpec) -> Self {
        Self {
            r#type: "function",
            name: &spec.name,
            description: &spec.description,
            parameters: &spec.input_schema,
            strict: false,
        }
    }
}

/// An item of the input.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Message {
        role: &'static str,
        content: Vec<Content<'a>>,
    },
    Reasoning {
        #[serde(flatten)]
        sealed: Sealed,
        summary: Vec<Content<'a>>,
    },
    FunctionCall {
        call_id: &'a str,
        name: Cow<'a, str>,
        arguments: String,
    },
    FunctionCallOutput {
        call_id: &'a str,
        output: Cow<'a, str>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the wire's own names")]
enum Content<'a> {
    InputText { text: &'a str },
    OutputText { text: &'a str },
    SummaryText { text: &'a str },
}

/// Reasoning that only the server can read; what the log keeps as a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The server's id of the item; absent where it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// The reasoning.
    pub(super) encrypted_content: String,
}

fn items<'a>(message: &'a Message, destination: Destination<'_>) -> Vec<Item<'a>> {
    match message {
        Message::User { parts } => {
            let parts = parts.iter().filter(|part| !part.is_empty());
            let content: Vec<_> = parts.map(|text| Content::InputText { text }).collect();
            if content.is_empty() { Vec::new() } else { vec![Item::Message { role: "user", content }] }
        }
        Message::Assistant { blocks, origin } => {
            let is_own = destination.is_own(origin);
            let mut items: Vec<_> = blocks.iter().filter_map(|block| item(block, is_own)).collect();
            // Reasoning that nothing follows, as an answer that was cut off leaves it, is refused.
            while items.pop_if(|last| matches!(last, Item::Reasoning { .. })).is_some() {}
            items
        }
        Message::ToolResult { call, text, is_error, .. } => {
            let output = if *is_error { as_error(text) } else { Cow::Borrowed(text.as_str()) };
            vec![Item::FunctionCallOutput { call_id: call.as_str(), output }]
        }
    }
}

/// Reasoning goes back to its own model alone, and only sealed.
fn item(block: &Block, is_own: bool) -> Option<Item<'_>> {
    match block {
        Block::Text { text } if text.is_empty() => None,
        Block::Text { text } => {
            Some(Item::Message { role: "assistant", content: vec![Content::OutputText { text }] })
        }
        Block::Call(call) => Some(called(call)),
        Block::Thinking { text, signature } => {
            let signature = signature.as_deref().filter(|_| is_own)?;
            let sealed = serde_json::from_str(signature).ok()?;
            let summary = Some(text.as_str()).filter(|text| !text.is_empty());
            let summary = summary.into_iter().map(|text| Content::SummaryText { text }).collect();
            Some(Item::Reasoning { sealed, summary })
        }
    }
}

fn called(call: &ToolCall) -> Item<'_> {
    Item::FunctionCall {
        call_id: call.call.as_str(),
        name: plain_name(&call.name),
        arguments: call.input.to_string(),
    }
}
