//! One request to a child's model, to the end of its answer or to the point where the pool takes it back.

use std::time::Duration;

use futures_util::StreamExt as _;
use headwater_protocol::{Cancel, ModelDelta, Projection, Provider, ProviderError, StopSignal, Usage};

use super::width::Place;

/// A wait up to which the provider's own retry is quicker than giving the place back: a server on this machine that is
/// starting, or that is not there at all.
const BRIEF: Duration = Duration::from_millis(200);

/// What arrived of an answer.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) text: String,
    pub(super) usage: Option<Usage>,
    pub(super) stop: Option<StopSignal>,
    /// Whether anything of an answer arrived, reasoning included.
    pub(super) has_begun: bool,
    /// Requests that failed on the way.
    pub(super) failed: u32,
}

/// How a request ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With an answer.
    Answered,
    /// The vendor wants a wait; nothing had arrived.
    Refused { wait: Duration, why: String },
    /// Without an answer.
    Failed(ProviderError),
}

/// Sends `request` and takes the answer in. A provider that would wait before it asks again is not waited for: the
/// request is taken back, so that its retry stands under the width of the pool and not beside it. Dropping the
/// future ends the request.
pub(super) async fn exchange(
    provider: &dyn Provider,
    request: Projection,
    place: &mut Place,
    received: &mut Received,
) -> Outcome {
    let mut stream = provider.stream(request, Cancel::new());
    while let Some(item) = stream.next().await {
        match item {
            Ok(ModelDelta::Retrying { after, reason, .. }) => {
                received.failed += 1;
                if after > BRIEF {
                    return Outcome::Refused { wait: after, why: reason };
                }
                place.refused(after, &reason);
            }
            Ok(delta) => received.take(delta),
            Err(error) => return failed(error, received),
        }
    }
    match received.stop {
        Some(StopSignal::Filtered) => {
            Outcome::Failed(ProviderError::Filtered { vendor: provider.vendor().to_owned() })
        }
        Some(_) => Outcome::Answered,
        None => {
            let vendor = provider.vendor().to_owned();
            let message = "it ended without saying why".to_owned();
            failed(ProviderError::Cut { vendor, message }, received)
        }
    }
}

/// A failure that may pass is the pool's to meet, what asks for a long wait included.
fn failed(error: ProviderError, received: &mut Received) -> Outcome {
    received.failed += 1;
    let wait = match &error {
        ProviderError::RateLimited { retry_after, .. } | ProviderError::Overloaded { retry_after, .. } => {
            retry_after.unwrap_or_default()
        }
        ProviderError::TimedOut { .. } | ProviderError::Cut { .. } => Duration::ZERO,
        ProviderError::QuotaExhausted { .. }
        | ProviderError::Unauthorized { .. }
        | ProviderError::BadRequest { .. }
        | ProviderError::WindowExceeded { .. }
        | ProviderError::Unreachable { .. }
        | ProviderError::NotUnderstood { .. }
        | ProviderError::Filtered { .. }
        | ProviderError::Cancelled => return Outcome::Failed(error),
    };
    Outcome::Refused { wait, why: error.to_string() }
}

impl Received {
    fn take(&mut self, delta: ModelDelta) {
        match delta {
            ModelDelta::Text(text) => {
                self.has_begun = true;
                self.text.push_str(&text);
            }
            ModelDelta::Usage(usage) => self.usage = Some(usage),
            ModelDelta::Finished(stop) => self.stop = Some(stop),
            // A child has no tools: a call it makes up says nothing.
            ModelDelta::Thinking(_) | ModelDelta::CallStarted { .. } | ModelDelta::CallArguments { .. } => {
                self.has_begun = true;
            }
            ModelDelta::ThinkingSignature(_)
            | ModelDelta::Retrying { .. }
            | ModelDelta::Resent { .. }
            | ModelDelta::Kept(_)
            | ModelDelta::Cleared(_) => {}
        }
    }
}
