//! The responses wire: `POST /responses`. Unless a conversation is left to the server nothing is stored there, and
//! reasoning comes and goes encrypted.
//!
//! Source: the API reference of the Responses API and of its streaming events.

mod body;
mod decoder;
mod event;
mod keeping;

use headwater_protocol::Projection;
use reqwest::header::HeaderMap;

use super::{Complaint, Decoder, Destination, Keeps, Wire};
use crate::complaint;
use crate::key::Key;

/// The wire as such; what differs between vendors is in the destination.
#[derive(Clone, Copy, Debug)]
pub struct OpenAiResponses;

impl Wire for OpenAiResponses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn path(&self) -> &'static str {
        "responses"
    }

    fn headers(&self, key: Option<&Key>) -> Option<HeaderMap> {
        key.map_or_else(|| Some(HeaderMap::new()), Key::as_bearer)
    }

    fn body(&self, request: &Projection, destination: Destination<'_>) -> Vec<u8> {
        body::write(request, destination)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decoder::ResponsesDecoder::default())
    }

    fn complaint(&self, body: &[u8]) -> Option<Complaint> {
        complaint::read(&serde_json::from_slice(body).ok()?)
    }

    fn keeps(&self) -> Option<&'static dyn Keeps> {
        Some(&keeping::Responses)
    }
}
