//! From a projection to the bytes of a request.
//!
//! *Invariants:* `messages` is the last key but for what the server is to do with them, and a block is written from its own message alone, so that the bytes of
//! request n, without the closing brackets, begin request n+1. Results and the words of the person that follow an
//! answer are one message, results first, as the wire demands.

use std::borrow::Cow;
use std::sync::Arc;

use headwater_protocol::{Block, Message, Projection, ToolSpec};
use serde::Serialize;
use serde_json::{Map, Value};

use super::clearing::Management;
use crate::wires::Destination;
use crate::writing::{append, plain_name};

/// The longest answer of a model of which nothing else is known: the wire wants a number.
const UNKNOWN_OUTPUT: u64 = 8_192;
/// What stands in the signature of reasoning that the vendor does not show, before its data.
pub(super) const REDACTED: &str = "redacted:";

/// What stands before an answer that would be the first message: the wire wants the person's words there.
const OPENING: &str = "(What was said before was left out.)";

/// The bytes of a request.
pub(super) fn write(request: &Projection, destination: Destination<'_>) -> Vec<u8> {
    let mut out = open(request, &request.messages, destination);
    out.extend_from_slice(b"]}");
    out
}

/// The bytes of a request whose results the server clears: they are whole in it.
pub(super) fn write_cleared(
    request: &Projection,
    destination: Destination<'_>,
    management: &Management<'_>,
) -> Vec<u8> {
    let mut out = open(request, &request.uncleared(), destination);
    out.extend_from_slice(b"],\"context_management\":");
    append(&mut out, management);
    out.push(b'}');
    out
}

/// The request with these messages, without the brackets that close it.
fn open(request: &Projection, messages: &[Arc<Message>], destination: Destination<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * 1024);
    append(&mut out, &Head::of(request, destination));
    out.pop();
    out.extend_from_slice(b",\"messages\":[");
    let is_answer = |message: &Message| matches!(message, Message::Assistant { .. });
    let writing = Writing { destination, has_tools: !request.tools.is_empty() };
    let mut is_first = true;
    for run in messages.chunk_by(|one, next| is_answer(one) == is_answer(next)) {
        let blocks: Vec<Piece<'_>> = run.iter().flat_map(|message| pieces(message, writing)).collect();
        let is_said = run.first().is_some_and(|message| is_answer(message));
        if blocks.is_empty() {
            continue;
        }
        if is_first && is_said {
            append(&mut out, &Said { role: "user", content: vec![Piece::Text { text: OPENING.into() }] });
        }
        if !std::mem::take(&mut is_first) || is_said {
            out.push(b',');
        }
        append(&mut out, &Said { role: if is_said { "assistant" } else { "user" }, content: blocks });
    }
    out
}

/// Everything before the messages; the same in every request of a session.
#[derive(Serialize)]
struct Head<'a> {
    model: &'a str,
    max_tokens: u64,
    stream: bool,
    cache_control: Ephemeral,
    #[serde(flatten)]
    body: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
}

#[derive(Serialize)]
struct Ephemeral {
    r#type: &'static str,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Value,
}

impl<'a> Head<'a> {
    fn of(request: &'a Projection, destination: Destination<'a>) -> Self {
        let model = destination.model;
        let most = model.info.max_output.map_or(UNKNOWN_OUTPUT, |tokens| tokens.0);
        Self {
            model: &model.info.name,
            max_tokens: destination.output_limit(request).unwrap_or(most),
            stream: true,
            cache_control: Ephemeral { r#type: "ephemeral" },
            body: &model.body,
            system: &request.system,
            tools: request.tools.iter().map(Tool::of).collect(),
        }
    }
}

impl<'a> Tool<'a> {
    fn of(spec: &'a ToolSpec) -> Self {
        Self { name: &spec.name, description: &spec.description, input_schema: &spec.input_schema }
    }
}

/// A message.
#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: Vec<Piece<'a>>,
}

/// A block of a message.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece<'a> {
    Text {
        text: Cow<'a, str>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: &'a str,
        name: Cow<'a, str>,
        input: &'a Value,
    },
    ToolResult {
        tool_use_id: &'a str,
        content: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

/// What a message is written for.
#[derive(Clone, Copy)]
struct Writing<'a> {
    destination: Destination<'a>,
    /// Whether the request has tools. One that has none may hold no calls and no results: they are told in words.
    has_tools: bool,
}

fn pieces<'a>(message: &'a Message, writing: Writing<'_>) -> Vec<Piece<'a>> {
    match message {
        Message::User { parts } => parts.iter().filter_map(|part| text(part)).collect(),
        Message::Assistant { blocks, origin } => {
            let is_own = writing.destination.is_own(origin);
            let mut pieces: Vec<_> =
                blocks.iter().filter_map(|block| piece(block, is_own, writing.has_tools)).collect();
            // Reasoning that nothing follows, as an answer that was cut off leaves it, is refused.
            while pieces.pop_if(|last| last.is_reasoning()).is_some() {}
            pieces
        }
        Message::ToolResult { call, text, is_error, .. } => {
            // A failure must say something.
            let content = if *is_error && text.trim().is_empty() { "It failed." } else { text };
            let told = Piece::ToolResult { tool_use_id: call.as_str(), content, is_error: *is_error };
            vec![if writing.has_tools { told } else { words(format!("[Result of {call}]\n{content}")) }]
        }
    }
}

/// Blocks of blanks alone are refused.
fn text(text: &str) -> Option<Piece<'_>> {
    (!text.trim().is_empty()).then_some(Piece::Text { text: text.into() })
}

fn words(text: String) -> Piece<'static> {
    Piece::Text { text: text.into() }
}

/// Reasoning goes back to its own model alone, and only with the signature that makes it valid.
fn piece(block: &Block, is_own: bool, has_tools: bool) -> Option<Piece<'_>> {
    match block {
        Block::Text { text: said } => text(said),
        Block::Call(call) if has_tools => {
            Some(Piece::ToolUse { id: call.call.as_str(), name: plain_name(&call.name), input: &call.input })
        }
        Block::Call(call) => Some(words(format!("[{}: {} {}]", call.call, call.name, call.input))),
        Block::Thinking { text, signature } => {
            let signature = signature.as_deref().filter(|_| is_own)?;
            Some(match signature.strip_prefix(REDACTED) {
                Some(data) => Piece::RedactedThinking { data },
                None => Piece::Thinking { thinking: text, signature },
            })
        }
    }
}

impl Piece<'_> {
    fn is_reasoning(&self) -> bool {
        matches!(self, Self::Thinking { .. } | Self::RedactedThinking { .. })
    }
}
