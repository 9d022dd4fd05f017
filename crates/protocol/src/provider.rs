//! The model port: one request in, a stream of deltas out.

use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use crate::cancel::Cancel;
use crate::events::{ConversationKept, ResendCause};
use crate::message::StopSignal;
use crate::model::ModelInfo;
use crate::projection::Projection;
use crate::units::Usage;

/// A model behind a wire. Retries, deadlines and error classes live behind this port; turns do not.
pub trait Provider: Send + Sync {
    /// The vendor's name, for display and for `origin`.
    fn vendor(&self) -> &str;

    /// The model it talks to.
    fn model(&self) -> &ModelInfo;

    /// Sends one request. The stream ends after [`ModelDelta::Finished`] or an error. Dropping it, or
    /// cancelling, ends the request at once.
    fn stream(&self, request: Projection, cancel: Cancel) -> ProviderStream;

    /// Sends the next request of a conversation that the server may keep. `handle` is what [`ModelDelta::Kept`] said of
    /// the request before; where the request does not go on from there word for word, or there is none, it is sent whole.
    fn converse(&self, request: Projection, _handle: Option<&str>, cancel: Cancel) -> ProviderStream {
        self.stream(request, cancel)
    }
}

/// What a provider answers.
pub type ProviderStream = Pin<Box<dyn Stream<Item = Result<ModelDelta, ProviderError>> + Send>>;

/// One piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelDelta {
    /// More text.
    Text(String),
    /// More reasoning.
    Thinking(String),
    /// What the vendor wants echoed with the reasoning before it.
    ThinkingSignature(String),
    /// A tool call begins. `index` tells parallel calls apart.
    CallStarted {
        /// Position among the calls of this answer.
        index: usize,
        /// The provider's id; may be empty or repeated, the engine remaps.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// A fragment of a call's JSON arguments.
    CallArguments {
        /// Position among the calls of this answer.
        index: usize,
        /// The next piece of JSON text.
        fragment: String,
    },
    /// What the request consumed; a later report replaces an earlier one.
    Usage(Usage),
    /// Nothing was received yet, and the request is made again after a while.
    Retrying {
        /// The attempt which failed, from 1.
        attempt: u32,
        /// Time until the next attempt.
        after: Duration,
        /// Why, in one sentence.
        reason: String,
    },
    /// What has come of this answer so far counts for nothing: the server did not go on from what it should have kept,
    /// and is asked again with the whole conversation. A usage that was reported before is that of the lost answer.
    Resent {
        /// What was wrong.
        cause: ResendCause,
        /// What was found, in one sentence.
        detail: String,
    },
    /// The server keeps the conversation, this answer included.
    Kept(ConversationKept),
    /// What became of the results that were left to the server to clear.
    Cleared(ServerCleared),
    /// The answer is complete.
    Finished(StopSignal),
}

/// What a server made of results that were left to it to clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCleared {
    /// It says that it cleared so many.
    Results(u32),
    /// It refused the request; the same was sent with the results cleared here.
    Refused(String),
}

/// A failed request, by what the caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Too many requests; passes by itself.
    #[error("{vendor} limits the rate of requests{}", after_text(*.retry_after))]
    RateLimited {
        /// Who said so.
        vendor: String,
        /// When to try again, if the server said.
        retry_after: Option<Duration>,
    },
    /// The account has no credit or quota left; waiting does not help.
    #[error("{vendor} says the quota is used up: {message}")]
    QuotaExhausted {
        /// Who said so.
        vendor: String,
        /// The server's words.
        message: String,
    },
    /// The server is overloaded or broken; passes by itself.
    #[error("{vendor} is overloaded or failing (HTTP {status}): {message}")]
    Overloaded {
        /// Who said so.
        vendor: String,
        /// HTTP status.
        status: u16,
        /// The server's words.
        message: String,
        /// When to try again, if the server said.
        retry_after: Option<Duration>,
    },
    /// No key, or a wrong one.
    #[error("{message}")]
    Unauthorized {
        /// What is missing and where to get it.
        message: String,
    },
    /// The server rejects the request itself; repeating it is pointless.
    #[error("{vendor} rejected the request (HTTP {status}): {message}")]
    BadRequest {
        /// Who said so.
        vendor: String,
        /// HTTP status.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// The prompt is longer than the model's window.
    #[error("the prompt does not fit the window of {model}: {message}")]
    WindowExceeded {
        /// The model.
        model: String,
        /// The server's words.
        message: String,
    },
    /// Nothing answers at the address.
    #[error("nothing answers at {url}: {message}")]
    Unreachable {
        /// The address that was tried.
        url: String,
        /// The cause.
        message: String,
    },
    /// Something answers, but not in the protocol that was expected.
    #[error("{url} answered something else than a model's stream: {message}")]
    NotUnderstood {
        /// The address that was tried.
        url: String,
        /// What came instead, shortened.
        message: String,
    },
    /// A deadline passed.
    #[error("{vendor} sent nothing for {} s ({phase})", .after.as_secs())]
    TimedOut {
        /// Who was silent.
        vendor: String,
        /// `first byte` or `idle`.
        phase: &'static str,
        /// The deadline.
        after: Duration,
    },
    /// The stream broke after part of the answer had arrived.
    #[error("the stream from {vendor} was cut: {message}")]
    Cut {
        /// Who was cut off.
        vendor: String,
        /// The cause.
        message: String,
    },
    /// The provider's filter stopped the answer.
    #[error("the filter of {vendor} stopped the answer")]
    Filtered {
        /// Whose filter.
        vendor: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ProviderError {
    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Cut { .. } => true,
            Self::QuotaExhausted { .. }
            | Self::Unauthorized { .. }
            | Self::BadRequest { .. }
            | Self::WindowExceeded { .. }
            | Self::NotUnderstood { .. }
            | Self::Filtered { .. }
            | Self::Cancelled => false,
        }
    }

    /// A stable name for records and scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::QuotaExhausted { .. } => "quota_exhausted",
            Self::Overloaded { .. } => "overloaded",
            Self::Unauthorized { .. } => "unauthorized",
            Self::BadRequest { .. } => "bad_request",
            Self::WindowExceeded { .. } => "window_exceeded",
            Self::Unreachable { .. } => "unreachable",
            Self::NotUnderstood { .. } => "not_understood",
            Self::TimedOut { .. } => "timed_out",
            Self::Cut { .. } => "cut",
            Self::Filtered { .. } => "filtered",
            Self::Cancelled => "cancelled",
        }
    }

    /// What a person can do now, in one sentence.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "Wait a little, then say \"continue\".",
            Self::QuotaExhausted { .. } => "Add credit at the vendor, or choose another with --provider.",
            Self::Overloaded { .. } => "Wait a little, or choose another model with --model.",
            Self::Unauthorized { .. } => "Set the key, or run `headwater login`.",
            Self::BadRequest { .. } => "Check --model and the provider's settings with `headwater doctor`.",
            Self::WindowExceeded { .. } => {
                "Go back with /rewind to before what is too large, start a new session with /new, or choose a model \
                 with a larger window."
            }
            Self::Unreachable { .. } => "Check the address (--base-url) and whether the server runs.",
            Self::NotUnderstood { .. } => "Check that --base-url ends in the API's path, usually /v1.",
            Self::TimedOut { .. } => "Say \"continue\", or raise the deadline in [network].",
            Self::Cut { .. } => "Say \"continue\"; what had arrived is kept.",
            Self::Filtered { .. } => "Say it in other words, or choose another model with --model.",
            Self::Cancelled => "Say how to go on.",
        }
    }
}

fn after_text(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("; it asks to wait {} s", wait.as_secs()))
}
