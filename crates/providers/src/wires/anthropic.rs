//! The messages wire: `POST /messages`, server-sent events named by their `type`.
//!
//! Source: the API reference of the Messages API, version 2023-06-01, with automatic prompt caching (`cache_control` at
//! the top of the body: the server marks the last block itself, so that no mark moves through the messages).

mod body;
mod clearing;
mod decoder;
mod event;
mod usage;

use headwater_protocol::Projection;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Clears, Complaint, Decoder, Destination, Wire};
use crate::complaint;
use crate::key::Key;

/// The header of the key.
const KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The header of the version, and the version this wire is written for.
const VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"));

/// The wire as such; what differs between vendors is in the destination.
#[derive(Clone, Copy, Debug)]
pub struct Anthropic;

impl Wire for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn path(&self) -> &'static str {
        "messages"
    }

    fn headers(&self, key: Option<&Key>) -> Option<HeaderMap> {
        let mut headers = key.map_or_else(|| Some(HeaderMap::new()), |key| key.as_header(KEY))?;
        let (name, version) = VERSION;
        headers.insert(name, version);
        Some(headers)
    }

    fn body(&self, request: &Projection, destination: Destination<'_>) -> Vec<u8> {
        body::write(request, destination)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decoder::MessagesDecoder::default())
    }

    fn complaint(&self, body: &[u8]) -> Option<Complaint> {
        complaint::read(&serde_json::from_slice(body).ok()?)
    }

    fn clears(&self) -> Option<&'static dyn Clears> {
        Some(&clearing::ToolUses)
    }
}
