//! One answer as it arrives: bytes to events to deltas, under deadlines.
//!
//! Two clocks run. *Silence*: no byte at all for the first-byte deadline, or for the idle deadline once something has
//! come. *Signs of life*: comments and empty events reset the first clock but not the second, so that a server which
//! only says that it lives is given up after the heartbeat deadline.

use std::time::Duration;

use bytes::Bytes;
use headwater_protocol::{ModelDelta, ProviderError};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use tokio::time::{Instant, timeout, timeout_at};

use crate::classify::Refused;
use crate::connection::Endpoint;
use crate::retry::Failure;
use crate::sse::{EVENT_CAP, Framer};
use crate::wires::{Belonging, DecodeError, Decoder};
use crate::words::is_html;

/// One answer, partly read.
pub(crate) struct Answer {
    response: Response,
    decoder: Box<dyn Decoder>,
    form: Form,
    last_byte: Instant,
    last_content: Instant,
    has_content: bool,
}

/// How the body is written.
enum Form {
    /// The first bytes will tell.
    Unknown,
    /// Server-sent events.
    Events(Framer),
    /// One JSON document, so far.
    Document(Vec<u8>),
}

/// Whether an answer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There may be more.
    More,
    /// It is complete.
    Ended,
}

/// How long the rest of a body is waited for once the answer is complete: read to its end, the connection can be used
/// again.
const REST: Duration = Duration::from_millis(200);

/// How long an answer that could be complete is waited on: some servers never say that nothing follows.
const AFTERWORD: Duration = Duration::from_secs(5);

impl Answer {
    /// An answer whose request was sent at `sent`.
    pub(crate) fn new(response: Response, decoder: Box<dyn Decoder>, sent: Instant) -> Self {
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = match content_type {
            Some(kind) if kind.starts_with("text/event-stream") => Form::Events(Framer::default()),
            _ => Form::Unknown,
        };
        Self { response, decoder, form, last_byte: sent, last_content: sent, has_content: false }
    }

    /// Whether a piece of the answer has been received: from then on it is never asked for again.
    pub(crate) fn has_content(&self) -> bool {
        self.has_content
    }

    /// What it says of the conversation it belongs to.
    pub(crate) fn belonging(&self) -> Option<&Belonging> {
        self.decoder.belonging()
    }

    /// Reads on; what arrives is appended to `out`. Cancellation safe: nothing is lost but the answer itself.
    pub(crate) async fn read(
        &mut self,
        endpoint: &Endpoint,
        out: &mut Vec<ModelDelta>,
    ) -> Result<Progress, Failure> {
        let before = out.len();
        let result = match self.chunk(endpoint).await {
            Ok(Some(bytes)) => self.take(&bytes, endpoint, out),
            Ok(None) => self.close(endpoint, out),
            // What is complete stays complete, however its connection ends.
            Err(failure) => self.finish(out).ok_or(failure),
        };
        if out.len() > before {
            self.has_content |= out.iter().skip(before).any(is_content);
            self.last_content = Instant::now();
        }
        if matches!(result, Ok(Progress::More)) && self.decoder.is_complete() {
            self.read_rest().await;
            return Ok(self.finish(out).unwrap_or(Progress::Ended));
        }
        result
    }

    async fn chunk(&mut self, endpoint: &Endpoint) -> Result<Option<Bytes>, Failure> {
        let network = &endpoint.network;
        let (phase, silence) = if self.decoder.is_answered() {
            ("idle", network.idle_timeout.min(AFTERWORD))
        } else if self.has_content {
            ("idle", network.idle_timeout)
        } else {
            ("first byte", network.first_byte(endpoint.vendor.first_byte_timeout))
        };
        let silent = (self.last_byte + silence, phase, silence);
        let lifeless =
            (self.last_content + network.heartbeat_timeout.max(silence), "idle", network.heartbeat_timeout);
        let (deadline, phase, after) = if silent.0 <= lifeless.0 { silent } else { lifeless };
        match timeout_at(deadline, self.response.chunk()).await {
            Ok(Ok(chunk)) => {
                self.last_byte = Instant::now();
                Ok(chunk)
            }
            Ok(Err(_)) if self.has_content => Err(cut(endpoint, "the connection was closed")),
            Ok(Err(error)) => Err(endpoint.transport(&error)),
            Err(_) => Err(Failure::of(endpoint.timed_out(phase, after))),
        }
    }

    fn take(
        &mut self,
        bytes: &[u8],
        endpoint: &Endpoint,
        out: &mut Vec<ModelDelta>,
    ) -> Result<Progress, Failure> {
        if matches!(self.form, Form::Unknown) {
            self.form = guess(bytes);
        }
        match &mut self.form {
            Form::Unknown => {}
            Form::Document(body) => {
                body.extend_from_slice(bytes);
                if body.len() > EVENT_CAP {
                    return Err(Failure::last(endpoint.not_understood("an endless document")));
                }
            }
            Form::Events(framer) => {
                framer.push(bytes);
                while let Some(event) = framer.next_event() {
                    let decoded = event
                        .map_err(|error| DecodeError::Malformed(error.to_string()))
                        .and_then(|event| self.decoder.event(event, out));
                    if let Err(error) = decoded {
                        let has_content = self.has_content || out.iter().any(is_content);
                        return Err(broken(endpoint, error, has_content));
                    }
                }
            }
        }
        Ok(Progress::More)
    }

    /// The body ended in good order.
    fn close(&mut self, endpoint: &Endpoint, out: &mut Vec<ModelDelta>) -> Result<Progress, Failure> {
        if let Form::Document(body) = &self.form {
            let text = String::from_utf8_lossy(body);
            if is_html(&text) {
                return Err(Failure::last(endpoint.not_understood(&text)));
            }
            if let Err(error) = self.decoder.whole(body, out) {
                return Err(match error {
                    DecodeError::Malformed(_) => Failure::last(endpoint.not_understood(&text)),
                    DecodeError::Refused(_) => broken(endpoint, error, false),
                });
            }
        }
        self.finish(out).ok_or_else(|| {
            if self.has_content {
                cut(endpoint, "it ended without saying so")
            } else if self.is_something_else() {
                Failure::last(endpoint.not_understood("no events, and no answer in them"))
            } else {
                Failure::of(endpoint.unreachable("the connection was closed before an answer came"))
            }
        })
    }

    /// Whether what came is certainly no answer, rather than one that was cut before it began.
    fn is_something_else(&self) -> bool {
        match &self.form {
            Form::Unknown => false,
            Form::Document(_) => true,
            Form::Events(framer) => framer.has_noise(),
        }
    }

    fn finish(&mut self, out: &mut Vec<ModelDelta>) -> Option<Progress> {
        let before = out.len();
        self.decoder.end(out);
        (out.len() > before).then_some(Progress::Ended)
    }

    async fn read_rest(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        // A server that keeps the connection open gets it closed.
        timeout(REST, rest).await.ok();
    }
}

/// A report of the usage is no piece of an answer: some servers open with one.
fn is_content(delta: &ModelDelta) -> bool {
    !matches!(delta, ModelDelta::Usage(_))
}

/// What the first bytes of a body without a proper type are.
fn guess(bytes: &[u8]) -> Form {
    match bytes.trim_ascii_start() {
        [] => Form::Unknown,
        [b'{' | b'[' | b'<', ..] => Form::Document(Vec::new()),
        _ => Form::Events(Framer::default()),
    }
}

fn broken(endpoint: &Endpoint, error: DecodeError, has_content: bool) -> Failure {
    match error {
        DecodeError::Malformed(message) | DecodeError::Refused(crate::wires::Complaint { message, .. })
            if has_content =>
        {
            cut(endpoint, &message)
        }
        DecodeError::Malformed(message) => Failure::last(endpoint.not_understood(&message)),
        DecodeError::Refused(complaint) => Refused::in_stream(complaint).into_failure(endpoint),
    }
}

fn cut(endpoint: &Endpoint, message: &str) -> Failure {
    let (vendor, message) = (endpoint.vendor.label.clone(), endpoint.words(message));
    Failure::last(ProviderError::Cut { vendor, message })
}
