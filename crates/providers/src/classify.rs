//! What a failure means: rate or quota, overload or mistake, nothing there or something else there.

use std::error::Error;
use std::io;
use std::time::Duration;

use headwater_protocol::ProviderError;

use crate::connection::Endpoint;
use crate::http::is_loopback;
use crate::retry::{Failure, Patience};
use crate::wires::Complaint;
use crate::words::{is_html, readable};

/// An answer that is no answer of a model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// Where a redirect that was not followed leads.
    pub(crate) location: Option<String>,
    /// What the wire makes of the body.
    pub(crate) complaint: Option<Complaint>,
    /// The body as text.
    pub(crate) body: String,
}

/// What it comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Window,
    Quota,
    Rate,
    Overload,
    Auth,
    Model,
    Path,
    Request,
}

/// Names and phrases by which servers say that the prompt is too long: OpenAI and DeepSeek (`context_length_exceeded`,
/// "maximum context length"), llama.cpp ("exceeds the available context size"), Ollama ("exceeds the context length"),
/// OpenRouter ("maximum context length"), Anthropic ("prompt is too long"), LM Studio ("context length of only").
const WINDOW: [&str; 13] = [
    "context_length_exceeded",
    "exceed_context_size",
    "maximum context length",
    "available context size",
    "exceeds the context",
    "exceeded the context",
    "context window",
    "context length of only",
    "longer than the model's context",
    "prompt is too long",
    "exceed context limit",
    "input is too long",
    "reduce the length of the messages",
];

/// Names and phrases for an account that has nothing left.
const QUOTA: [&str; 9] = [
    "insufficient_quota",
    "insufficient balance",
    "insufficient_balance",
    "insufficient credits",
    "billing",
    "credit balance",
    "out of credits",
    "quota exhausted",
    "spending limit",
];

/// Names and phrases for a model that does not exist.
const MODEL: [&str; 4] = ["model_not_found", "model not exist", "not a valid model", "invalid model"];

/// Names in which a body contradicts its status, or gives one where there is none.
const BY_CODE: [(&str, Kind); 6] = [
    ("rate_limit", Kind::Rate),
    ("overloaded", Kind::Overload),
    ("server_error", Kind::Overload),
    ("invalid_api_key", Kind::Auth),
    ("authentication", Kind::Auth),
    ("invalid_request", Kind::Request),
];

impl Refused {
    /// A complaint inside a stream that began well.
    pub(crate) fn in_stream(complaint: Complaint) -> Self {
        Self { status: complaint.status.unwrap_or(0), complaint: Some(complaint), ..Self::default() }
    }

    fn message(&self) -> &str {
        self.complaint.as_ref().map_or(self.body.as_str(), |complaint| &complaint.message)
    }

    fn kind(&self) -> Kind {
        let codes = self.complaint.as_ref().map(|complaint| complaint.codes.join(" ")).unwrap_or_default();
        let words = format!("{codes} {}", self.message().to_lowercase());
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
        match self.status {
            402 => return Kind::Quota,
            0 | 400 | 413 | 422 | 500 if says(&WINDOW) => return Kind::Window,
            0 | 400 | 403 | 429 if says(&QUOTA) => return Kind::Quota,
            0 | 400 | 404 | 422 if says(&MODEL) => return Kind::Model,
            0 => {
                let named = BY_CODE.iter().find(|(name, _)| codes.contains(name));
                return named.map_or(Kind::Overload, |(_, kind)| *kind);
            }
            _ => {}
        }
        match self.status {
            401 | 403 => Kind::Auth,
            404 if words.contains("model") && !is_html(&self.body) => Kind::Model,
            200..=399 | 404 | 405 => Kind::Path,
            429 => Kind::Rate,
            408 | 500.. => Kind::Overload,
            _ => Kind::Request,
        }
    }

    /// What to tell, and whether to try again.
    pub(crate) fn into_failure(self, endpoint: &Endpoint) -> Failure {
        let said = endpoint.words(self.message());
        let (vendor, status, retry_after) =
            (endpoint.vendor.label.clone(), self.status.max(400), self.retry_after);
        let model = &endpoint.model.info.name;
        Failure::of(match self.kind() {
            Kind::Window => ProviderError::WindowExceeded { model: model.clone(), message: said },
            Kind::Quota => ProviderError::QuotaExhausted { vendor, message: said },
            Kind::Rate => ProviderError::RateLimited { vendor, retry_after },
            Kind::Overload => {
                ProviderError::Overloaded { vendor, status: self.status.max(500), message: said, retry_after }
            }
            Kind::Auth => {
                let how = endpoint.vendor.how_to_get_a_key();
                let message = if status == 403 {
                    format!(
                        "{vendor} does not allow this (HTTP 403): {said}. If the key is the reason, {how}."
                    )
                } else {
                    format!("{vendor} refuses the key (HTTP {status}): {said}. To change it, {how}.")
                };
                ProviderError::Unauthorized { message }
            }
            Kind::Model => {
                let message = format!(
                    "{said} (the model asked for is \"{model}\"; `headwater doctor` lists what there is)"
                );
                ProviderError::BadRequest { vendor, status, message }
            }
            Kind::Path => {
                let message = match &self.location {
                    Some(location) => format!("it redirects to {}", endpoint.words(location)),
                    None => format!("HTTP {}: {said}", self.status),
                };
                ProviderError::NotUnderstood { url: endpoint.shown_url(), message }
            }
            Kind::Request => ProviderError::BadRequest { vendor, status, message: said },
        })
    }
}

impl Endpoint {
    /// The server's words, short, in one line, and without the key.
    pub(crate) fn words(&self, text: &str) -> String {
        // Before it is shortened, so that no piece of the key is left at the end.
        let words = self.key.as_ref().map_or_else(|| readable(text), |key| readable(&key.redact(text)));
        if words.is_empty() {
            "it does not say why".to_owned()
        } else {
            words.trim_end_matches('.').to_owned()
        }
    }

    /// A request that got no answer at all.
    pub(crate) fn unreachable(&self, message: &str) -> ProviderError {
        ProviderError::Unreachable { url: self.shown_url(), message: self.words(message) }
    }

    /// An answer that is none of a model.
    pub(crate) fn not_understood(&self, what: &str) -> ProviderError {
        ProviderError::NotUnderstood { url: self.shown_url(), message: self.words(what) }
    }

    /// A deadline that passed.
    pub(crate) fn timed_out(&self, phase: &'static str, after: Duration) -> ProviderError {
        ProviderError::TimedOut { vendor: self.vendor.label.clone(), phase, after }
    }

    /// A request that could not be sent, or whose connection ended without a status.
    pub(crate) fn transport(&self, error: &reqwest::Error) -> Failure {
        let cause = Cause::of(error);
        let message = match &cause {
            Cause::Refused => "the connection was refused".to_owned(),
            Cause::Certificate(why) => format!("the connection is not secure: {why}"),
            Cause::Other(_) if error.is_dns() => {
                format!("the host name {} is not known", self.url.host_str().unwrap_or_default())
            }
            Cause::Other(_) if error.is_timeout() => "no connection came about in time".to_owned(),
            Cause::Other(why) if error.is_connect() => why.clone(),
            Cause::Other(_) => "the connection was closed before an answer came".to_owned(),
        };
        let error = self.unreachable(&message);
        match cause {
            Cause::Refused if is_loopback(&self.url) => Failure { error, patience: Patience::Brief },
            Cause::Certificate(_) => Failure::last(error),
            Cause::Refused | Cause::Other(_) => Failure::of(error),
        }
    }
}

/// The root of a transport error.
enum Cause {
    Refused,
    Certificate(String),
    Other(String),
}

impl Cause {
    fn of(error: &reqwest::Error) -> Self {
        let mut cause: &(dyn Error + 'static) = error;
        loop {
            if let Some(error) = cause.downcast_ref::<rustls::Error>() {
                return Self::Certificate(error.to_string());
            }
            let inner = cause.downcast_ref::<io::Error>().map(|error| (error.kind(), error.get_ref()));
            if let Some((io::ErrorKind::ConnectionRefused, _)) = inner {
                return Self::Refused;
            }
            // An IO error hides what it wraps from `source`.
            let wrapped =
                inner.and_then(|(_, wrapped)| wrapped).map(|wrapped| wrapped as &(dyn Error + 'static));
            match wrapped.or_else(|| cause.source()) {
                Some(next) => cause = next,
                None => return Self::Other(cause.to_string()),
            }
        }
    }
}
