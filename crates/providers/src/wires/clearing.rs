//! What a wire knows whose servers clear old results.

use headwater_protocol::Projection;
use reqwest::header::{HeaderName, HeaderValue};

use super::Destination;

/// The part of a wire that knows how servers clear old results.
pub trait Clears: Send + Sync {
    /// The header without which the server does not know of it.
    fn header(&self) -> (HeaderName, HeaderValue);

    /// The body of a request that leaves clearing to the server: the results are whole in it, and what is to be cleared is
    /// said behind the messages, so that the bytes before it grow only at their end. `None` where the request leaves nothing
    /// to the server.
    fn body(&self, request: &Projection, destination: Destination<'_>) -> Option<Vec<u8>>;
}
