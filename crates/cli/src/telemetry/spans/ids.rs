//! Ids of traces and spans, made from names: the same record has the same span whenever and wherever it is exported.

use headwater_protocol::SessionId;
use opentelemetry::trace::{SpanId, TraceId};
use sha2::{Digest as _, Sha256};

/// The trace that a turn of a session begins, or a request outside of any turn.
pub(super) fn trace(session: &SessionId, what: &str) -> TraceId {
    let mut bytes = [0; 16];
    fill(&mut bytes, &["trace", session.as_str(), what]);
    TraceId::from_bytes(bytes)
}

/// The span of something in a session.
pub(super) fn span(session: &SessionId, what: &str) -> SpanId {
    let mut bytes = [0; 8];
    fill(&mut bytes, &["span", session.as_str(), what]);
    SpanId::from_bytes(bytes)
}

fn fill(bytes: &mut [u8], names: &[&str]) {
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update([0]);
    }
    for (byte, from) in bytes.iter_mut().zip(hasher.finalize()) {
        *byte = from;
    }
}
