//! The wires: how a projection becomes a vendor's JSON, and a vendor's events become deltas.
//!
//! To add one: a file here, and a line in the list.

mod anthropic;
mod openai_chat;
mod openai_responses;

mod clearing;
mod keeping;

use headwater_protocol::{ModelDelta, Projection};
use reqwest::header::HeaderMap;

pub use anthropic::Anthropic;
pub use openai_chat::OpenAiChat;
pub use openai_responses::OpenAiResponses;

pub use crate::complaint::Complaint;
pub use crate::destination::Destination;
use crate::key::Key;
use crate::sse::Event;
pub use clearing::Clears;
pub use keeping::{Belonging, Keeps, Place};

/// Every wire.
const WIRES: &[&dyn Wire] =
    &[&anthropic::Anthropic, &openai_chat::OpenAiChat, &openai_responses::OpenAiResponses];

/// The names of all wires, as the settings know them: the most widespread first.
pub const NAMES: &[&str] = &["openai-chat", "openai-responses", "anthropic"];

/// One way to speak to a model over HTTP.
///
/// A wire knows JSON and nothing else: no sockets, no retries, no vendors. What differs between vendors of one wire
/// are its [`Quirks`] and the model's own data.
pub trait Wire: Send + Sync {
    /// The name settings and vendor files call it by.
    fn name(&self) -> &'static str;

    /// Where requests are posted, relative to the base URL.
    fn path(&self) -> &'static str;

    /// The headers that carry the key and the wire's version; `None` when the key cannot be sent as a header.
    fn headers(&self, key: Option<&Key>) -> Option<HeaderMap>;

    /// The body of a request: deterministic, and growing only at its end. With the closing brackets left out, the
    /// body of a projection is a byte prefix of the body of the same projection with more messages.
    fn body(&self, request: &Projection, destination: Destination<'_>) -> Vec<u8>;

    /// A decoder for one answer.
    fn decoder(&self) -> Box<dyn Decoder>;

    /// What an error body says, if it is one.
    fn complaint(&self, body: &[u8]) -> Option<Complaint>;

    /// How its servers keep a conversation, where they do.
    fn keeps(&self) -> Option<&'static dyn Keeps> {
        None
    }

    /// How its servers clear old results, where they do.
    fn clears(&self) -> Option<&'static dyn Clears> {
        None
    }
}

/// Reads the events of one answer. It keeps what must be known between events, such as which call a fragment
/// belongs to.
pub trait Decoder: Send + Sync {
    /// Takes the next event and appends what it says to `out`.
    fn event(&mut self, event: Event<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError>;

    /// Takes a whole answer which came as one JSON document although a stream was asked for.
    fn whole(&mut self, body: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError>;

    /// Whether the answer has said that nothing follows. Bytes after that are read and dropped.
    fn is_complete(&self) -> bool;

    /// Whether the answer may end here: the reason has come for which the model stopped. What may still follow is its
    /// usage.
    fn is_answered(&self) -> bool;

    /// The body ended in good order: appends what was held back, [`ModelDelta::Finished`] last. An answer that never
    /// came to its end appends nothing.
    fn end(&mut self, out: &mut Vec<ModelDelta>);

    /// What the answer says of the conversation it belongs to, on wires whose servers keep one.
    fn belonging(&self) -> Option<&Belonging> {
        None
    }
}

/// An event that is no piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is not in the wire's format.
    #[error("{0}")]
    Malformed(String),
    /// The server says that it failed.
    #[error("{}", .0.message)]
    Refused(Complaint),
}

/// The wire of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Wire> {
    WIRES.iter().copied().find(|wire| wire.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_is_named_once() {
        assert!(NAMES.iter().all(|name| by_name(name).is_some()));
        assert_eq!(NAMES.len(), WIRES.len());
    }
}
