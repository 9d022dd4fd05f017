//! The wires which the scripted server speaks: one file a wire, chosen by the path of the request.

mod anthropic;
mod openai_chat;
mod openai_responses;

use super::call::CallId;
use super::{Call, Recorded, Turn};
use serde_json::Value;

/// Every wire, in no order that matters.
const WIRES: &[&dyn Wire] =
    &[&anthropic::Anthropic, &openai_chat::OpenAiChat, &openai_responses::OpenAiResponses];

/// How a turn looks on one wire.
pub(crate) trait Wire: Send + Sync {
    /// The path to which requests are posted.
    fn path(&self) -> &'static str;
    /// Whether the client asked for a stream of events.
    fn wants_stream(&self, request: &Recorded) -> bool;
    /// The turn as a stream of events, in order.
    fn stream(&self, turn: &Turn, request: &Recorded) -> Vec<Event>;
    /// The turn as one JSON answer.
    fn whole(&self, turn: &Turn, request: &Recorded) -> Value;
    /// The body of an error answer, and of an error inside a stream.
    fn error(&self, refusal: Refusal, message: &str) -> Value;
}

/// The wire which owns this path (without its query).
pub(crate) fn by_path(path: &str) -> Option<&'static dyn Wire> {
    WIRES.iter().copied().find(|wire| wire.path() == path)
}

/// Whether some wire owns this path.
pub(crate) fn is_wire(path: &str) -> bool {
    by_path(path).is_some()
}

/// One server-sent event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// The `event:` line, on wires which have one.
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

/// What an event does in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// It opens the answer and carries nothing.
    Opening,
    /// It carries a piece of thinking, text or arguments.
    Delta,
    /// It carries the finish reason or the usage.
    Closing,
    /// It says that nothing follows.
    Done,
}

impl Event {
    pub(crate) fn json(kind: EventKind, data: &Value) -> Self {
        Self { kind, name: None, data: data.to_string() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let name = self.name.as_ref().map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{name}data: {}\n\n", self.data).into_bytes()
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    RateLimited,
    QuotaExhausted,
    Overloaded,
    Unauthorized,
    BadRequest,
    WindowExceeded,
    ServerError,
}

/// The id that a call is sent with; empty where the script sends none.
pub(crate) fn call_id(call: &Call, place: usize, request: usize) -> String {
    match &call.id {
        CallId::Fresh => format!("call_{request}_{place}"),
        CallId::Named(id) => id.clone(),
        CallId::Missing => String::new(),
    }
}

/// Text in pieces of `chars` characters; one piece where no size is given, none where there is no text.
pub(crate) fn pieces(text: &str, chars: Option<usize>) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let size = chars.unwrap_or(letters.len()).max(1);
    letters.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// Text in fragments of at least `bytes` bytes, each ending with a whole character.
pub(crate) fn fragments(text: &str, bytes: Option<usize>) -> Vec<String> {
    let size = bytes.unwrap_or(text.len()).max(1);
    let mut all = Vec::new();
    let mut fragment = String::new();
    for letter in text.chars() {
        fragment.push(letter);
        if fragment.len() >= size {
            all.push(std::mem::take(&mut fragment));
        }
    }
    if !fragment.is_empty() {
        all.push(fragment);
    }
    all
}
