//! From a projection to the bytes of a request.
//!
//! *Invariant:* `messages` is the last key, and each message is written from itself and those before it alone, so
//! that the bytes of request n, without the closing brackets, begin request n+1 (a vendor that wants user messages
//! merged excepted: there the last one may still grow).

use std::borrow::Cow;

use headwater_protocol::{Block, Message, Projection, ToolCall, ToolSpec};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::catalogue::{Echo, EmptyContent, OutputLimit};
use crate::wires::Destination;
use crate::writing::{append, as_error, plain_name};

/// The bytes of a request.
pub(super) fn write(request: &Projection, destination: Destination<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * 1024);
    append(&mut out, &Head::of(request, destination));
    out.pop();
    out.extend_from_slice(b",\"messages\":[");
    append(&mut out, &System { role: "system", content: &request.system });
    let mut turn = Turn { destination, is_after_calls: false };
    let merges = destination.quirks.strict_alternation;
    let is_user = |message: &Message| matches!(message, Message::User { .. });
    for run in request.messages.chunk_by(|one, next| merges && is_user(one) && is_user(next)) {
        turn.write(run.iter().map(AsRef::as_ref), &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

/// Everything before the messages; the same in every request of a session.
#[derive(serde::Serialize)]
struct Head<'a> {
    model: &'a str,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(flatten)]
    body: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
}

#[derive(serde::Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(serde::Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(serde::Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl<'a> Head<'a> {
    fn of(request: &'a Projection, destination: Destination<'a>) -> Self {
        let Destination { model, quirks, .. } = destination;
        let limit = destination.output_limit(request);
        let limit_as = |field| limit.filter(|_| quirks.output_limit == field);
        Self {
            model: &model.info.name,
            stream: true,
            stream_options: quirks.include_usage.then_some(StreamOptions { include_usage: true }),
            max_tokens: limit_as(OutputLimit::MaxTokens),
            max_completion_tokens: limit_as(OutputLimit::MaxCompletionTokens),
            body: &model.body,
            tools: request.tools.iter().map(Tool::of).collect(),
        }
    }
}

impl<'a> Tool<'a> {
    fn of(spec: &'a ToolSpec) -> Self {
        let function =
            Function { name: &spec.name, description: &spec.description, parameters: &spec.input_schema };
        Self { r#type: "function", function }
    }
}

#[derive(serde::Serialize)]
struct System<'a> {
    role: &'static str,
    content: &'a str,
}

/// Writes messages one after the other, and knows where in a turn they stand.
struct Turn<'a> {
    destination: Destination<'a>,
    /// The last assistant message called tools.
    is_after_calls: bool,
}

impl Turn<'_> {
    /// Writes a run of messages as one: a run of user messages, or a single message.
    fn write<'m>(&mut self, run: impl Iterator<Item = &'m Message>, out: &mut Vec<u8>) {
        let mut user = Vec::new();
        for message in run {
            match message {
                Message::User { parts } => user.extend(parts.iter().map(String::as_str)),
                Message::Assistant { blocks, origin } => self.write_assistant(blocks, origin, out),
                Message::ToolResult { call, text, is_error, .. } => {
                    let content = if *is_error { as_error(text) } else { Cow::Borrowed(text.as_str()) };
                    next(out, &ToolMessage { role: "tool", tool_call_id: call.as_str(), content });
                }
            }
        }
        if !user.is_empty() {
            next(out, &User { role: "user", content: user.join("\n\n") });
        }
    }

    fn write_assistant(&mut self, blocks: &[Block], origin: &str, out: &mut Vec<u8>) {
        let Destination { model, quirks, .. } = self.destination;
        let mut message = Assistant { quirk: quirks.empty_content, ..Assistant::default() };
        let mut thinking = Vec::new();
        let mut texts = Vec::new();
        for block in blocks {
            match block {
                Block::Text { text } => texts.push(text.as_str()),
                Block::Thinking { text, .. } => thinking.push(text.as_str()),
                Block::Call(call) => message.calls.push(call),
            }
        }
        texts.retain(|text| !text.is_empty());
        message.content = texts.join("\n\n");
        let is_echoed = match model.echo {
            Echo::Never => false,
            Echo::ToolTurns => self.is_after_calls || !message.calls.is_empty(),
            Echo::Always => true,
        };
        let is_own = self.destination.is_own(origin);
        let reasoning = if is_own { thinking.join("\n\n") } else { String::new() };
        self.is_after_calls = !message.calls.is_empty();
        if message.content.is_empty() && message.calls.is_empty() && (reasoning.is_empty() || !is_echoed) {
            return;
        }
        if is_echoed && (quirks.empty_reasoning || !reasoning.is_empty()) {
            message.reasoning = Some((&quirks.reasoning_field, reasoning));
        }
        next(out, &message);
    }
}

/// Appends a message behind another: the system prompt is always there before it.
fn next(out: &mut Vec<u8>, message: &impl Serialize) {
    out.push(b',');
    append(out, message);
}

#[derive(serde::Serialize)]
struct User {
    role: &'static str,
    content: String,
}

#[derive(serde::Serialize)]
struct ToolMessage<'a> {
    role: &'static str,
    tool_call_id: &'a str,
    content: Cow<'a, str>,
}

struct Assistant<'a> {
    content: String,
    quirk: EmptyContent,
    reasoning: Option<(&'a str, String)>,
    calls: Vec<&'a ToolCall>,
}

impl Default for Assistant<'_> {
    fn default() -> Self {
        Self { content: String::new(), quirk: EmptyContent::Null, reasoning: None, calls: Vec::new() }
    }
}

impl Serialize for Assistant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "assistant")?;
        let has_calls = !self.calls.is_empty();
        match self.quirk {
            EmptyContent::Null if self.content.is_empty() && has_calls => {
                map.serialize_entry("content", &())?;
            }
            EmptyContent::Omit if self.content.is_empty() && has_calls => {}
            EmptyContent::Null | EmptyContent::Text | EmptyContent::Omit => {
                map.serialize_entry("content", &self.content)?;
            }
        }
        if let Some((field, reasoning)) = &self.reasoning {
            map.serialize_entry(field, reasoning)?;
        }
        if has_calls {
            let calls: Vec<Call<'_>> = self.calls.iter().map(|call| Call::of(call)).collect();
            map.serialize_entry("tool_calls", &calls)?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Call<'a> {
    id: &'a str,
    r#type: &'static str,
    function: CallFunction<'a>,
}

#[derive(serde::Serialize)]
struct CallFunction<'a> {
    name: Cow<'a, str>,
    arguments: String,
}

impl<'a> Call<'a> {
    /// A malformed call is written with empty arguments: servers refuse what is no JSON, and so would the model's
    /// template.
    fn of(call: &'a ToolCall) -> Self {
        let arguments = if call.malformed.is_some() { "{}".to_owned() } else { call.input.to_string() };
        let function = CallFunction { name: plain_name(&call.name), arguments };
        Self { id: call.call.as_str(), r#type: "function", function }
    }
}
