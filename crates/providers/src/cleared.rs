//! A request whose old results the server clears: with them whole, and the same with them cleared here, for a server that
//! refuses it.

use bytes::Bytes;
use headwater_protocol::{Projection, ProviderError};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::connection::Endpoint;
use crate::wires::Clears;

/// One such request.
pub(crate) struct Cleared {
    clears: &'static dyn Clears,
    body: Bytes,
    request: Projection,
}

impl Cleared {
    /// The request, where it leaves results to the server and the server takes that.
    pub(crate) fn of(endpoint: &Endpoint, request: &Projection) -> Option<Self> {
        let clears = endpoint.vendor.wire.clears().filter(|_| endpoint.model.info.clears_results)?;
        let body = clears.body(request, endpoint.destination())?.into();
        Some(Self { clears, body, request: request.clone() })
    }

    /// The bytes of the request.
    pub(crate) fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The bytes of the request as any server takes it.
    pub(crate) fn body_cleared_here(&self, endpoint: &Endpoint) -> Bytes {
        endpoint.vendor.wire.body(&self.request, endpoint.destination()).into()
    }

    /// The headers of the request.
    pub(crate) fn headers(&self, mut headers: HeaderMap) -> HeaderMap {
        let (name, value): (HeaderName, HeaderValue) = self.clears.header();
        headers.insert(name, value);
        headers
    }
}

/// Whether a request may have been refused for what it leaves to the server: that is no part of the API proper, and results
/// that are whole may be too long for a server that counts before it clears.
pub(crate) fn may_be_about_clearing(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::BadRequest { .. }
            | ProviderError::NotUnderstood { .. }
            | ProviderError::WindowExceeded { .. }
    )
}
