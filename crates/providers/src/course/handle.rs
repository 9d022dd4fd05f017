//! What the log keeps of a server's part in the conversation: read by this program alone.

use headwater_protocol::Projection;
use headwater_protocol::events::ServerState;
use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::connection::Endpoint;

/// Where a conversation stands at its server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handle {
    /// How the server keeps it.
    pub(super) state: ServerState,
    /// The server's name for it.
    pub(super) id: String,
    /// The digest of address, model, instructions and tools.
    pub(super) place: String,
    /// How many items the server holds, its answer's among them.
    pub(super) items: usize,
    /// The digest of these items as the wire writes them.
    pub(super) digest: String,
    /// Tokens of the prompt that the server reported; zero where it did not.
    pub(super) tokens: u64,
}

impl Handle {
    /// One that a log holds; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Whether what the server holds is how these items begin, with at least one more behind it.
    pub(super) fn begins(&self, items: &[Vec<u8>]) -> bool {
        self.items < items.len()
            && items.get(..self.items).is_some_and(|held| digest_of(held.iter()) == self.digest)
    }
}

/// The digest of items, each with its length, so that no two lists have the same.
pub(super) fn digest_of<'a>(items: impl Iterator<Item = &'a Vec<u8>>) -> String {
    let mut hasher = Sha256::new();
    for item in items {
        hasher.update((item.len() as u64).to_le_bytes());
        hasher.update(item);
    }
    hex(&hasher.finalize())
}

/// The digest of what must stay the same: where it is sent, to which model, with which instructions and tools.
pub(super) fn place_of(endpoint: &Endpoint, request: &Projection) -> String {
    let model = &endpoint.model;
    let place = (
        endpoint.shown_url(),
        &endpoint.vendor.name,
        &model.info.name,
        &model.body,
        request.system.as_ref(),
        request.tools.as_ref(),
    );
    hex(&Sha256::digest(serde_json::to_vec(&place).unwrap_or_default()))
}
