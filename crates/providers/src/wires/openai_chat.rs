//! The chat-completions wire: `POST /chat/completions`, server-sent events that end with `[DONE]`.
//!
//! Source: the API reference of chat completions, with `reasoning_content` as DeepSeek and llama.cpp add it and
//! `reasoning` as OpenRouter and Ollama do.

mod body;
mod calls;
mod chunk;
mod decoder;
mod said;
mod usage;

use headwater_protocol::Projection;
use reqwest::header::HeaderMap;

use super::{Complaint, Decoder, Destination, Wire};
use crate::complaint;
use crate::key::Key;

/// The wire as such; what differs between vendors is in the destination.
#[derive(Clone, Copy, Debug)]
pub struct OpenAiChat;

impl Wire for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn path(&self) -> &'static str {
        "chat/completions"
    }

    fn headers(&self, key: Option<&Key>) -> Option<HeaderMap> {
        key.map_or_else(|| Some(HeaderMap::new()), Key::as_bearer)
    }

    fn body(&self, request: &Projection, destination: Destination<'_>) -> Vec<u8> {
        body::write(request, destination)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decoder::ChatDecoder::default())
    }

    fn complaint(&self, body: &[u8]) -> Option<Complaint> {
        complaint::read(&serde_json::from_slice(body).ok()?)
    }
}
