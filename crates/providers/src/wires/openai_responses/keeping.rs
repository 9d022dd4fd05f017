//! How a server of this wire keeps a conversation: behind the id of its last answer (`previous_response_id`), or in a
//! conversation that is begun with `POST /conversations`.
//!
//! Source: the guide "Conversation state" and the API reference of Responses and Conversations.

use std::sync::Arc;

use headwater_protocol::events::ServerState;
use headwater_protocol::{Message, Projection};
use serde::Deserialize;

use super::body;
use crate::wires::{Destination, Keeps, Place};

/// The wire's knowledge of it.
pub(super) struct Responses;

impl Keeps for Responses {
    fn states(&self) -> &'static [ServerState] {
        &[ServerState::Append, ServerState::Opaque]
    }

    fn items(&self, messages: &[Arc<Message>], destination: Destination<'_>) -> Vec<Vec<u8>> {
        messages.iter().flat_map(|message| body::written(message, destination)).collect()
    }

    fn body(
        &self,
        request: &Projection,
        destination: Destination<'_>,
        place: Place<'_>,
        items: &[Vec<u8>],
    ) -> Vec<u8> {
        body::write_at(request, destination, place, items.iter().map(Vec::as_slice))
    }

    fn opening(&self) -> Option<&'static str> {
        Some("conversations")
    }

    fn opened(&self, body: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Opened {
            id: String,
        }
        serde_json::from_slice(body).ok().map(|opened: Opened| opened.id).filter(|id| !id.is_empty())
    }
}
