//! Asking the model for a summary: heard to the end, shown to nobody, no message of the conversation.

use futures_util::StreamExt as _;
use headwater_context::{estimate, summary_request};
use headwater_protocol::events::{SummaryAsk, SummaryRequested, UsageReported};
use headwater_protocol::update::Waiting;
use headwater_protocol::{Delta, Projection, ProviderError, StopSignal};

use super::{Asking, Draft};
use crate::turn::TurnError;

impl Asking<'_> {
    /// The summary; `None` when what came is none. A provider that does not answer at all is an error, as it is in a turn.
    pub(crate) async fn summarize(&mut self, ask: SummaryAsk) -> Result<Option<String>, TurnError> {
        let state = self.ledger.state();
        let Some(request) = summary_request(state, &ask) else { return Ok(None) };
        let tokens = estimate(&request, state.budget.calibration);
        self.ledger.record(SummaryRequested { ask, digest: request.digest(), tokens }).await?;
        self.ledger.commit();
        let asked = self.ledger.now();
        self.ledger.tell_delta(Delta::Waiting { on: Waiting::Model }).await;
        let mut draft = Draft::default();
        let heard = self.hear(request, &mut draft).await;
        if let Some(usage) = draft.usage {
            let cost_usd = self.provider.model().cost(usage);
            let millis = self.ledger.now().millis_since(asked);
            self.ledger.record(UsageReported { usage, cost_usd, millis }).await?;
        }
        self.ledger.commit();
        match heard {
            Err(TurnError::Provider(error)) if is_about_the_request(&error) => {
                tracing::warn!(%error, "no summary");
                return Ok(None);
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        // The part that is missing would be missing for good.
        let is_whole =
            !matches!(draft.stop, Some(StopSignal::Length | StopSignal::Filtered | StopSignal::Interrupted));
        let is_summary = is_whole && !draft.has_calls() && !draft.text().trim().is_empty();
        Ok(is_summary.then(|| draft.text().trim().to_owned()))
    }

    async fn hear(&mut self, request: Projection, draft: &mut Draft) -> Result<(), TurnError> {
        let mut stream = self.provider.stream(request, self.cancel.child());
        loop {
            let next = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(TurnError::Interrupted),
                next = stream.next() => next,
            };
            match next {
                // Only how it goes on with retries is for the screen; the words are not.
                Some(Ok(delta)) => {
                    if let Some(shown @ Delta::Waiting { .. }) = draft.apply(delta) {
                        self.ledger.tell_delta(shown).await;
                    }
                }
                Some(Err(ProviderError::Cancelled)) => return Err(TurnError::Interrupted),
                Some(Err(error)) => return Err(error.into()),
                None if draft.stop.is_some() => return Ok(()),
                None => return Err(self.cut().into()),
            }
        }
    }
}

/// Whether the next request of a turn may well succeed all the same.
fn is_about_the_request(error: &ProviderError) -> bool {
    match error {
        ProviderError::BadRequest { .. }
        | ProviderError::WindowExceeded { .. }
        | ProviderError::NotUnderstood { .. }
        | ProviderError::Cut { .. }
        | ProviderError::Filtered { .. } => true,
        ProviderError::RateLimited { .. }
        | ProviderError::QuotaExhausted { .. }
        | ProviderError::Overloaded { .. }
        | ProviderError::Unauthorized { .. }
        | ProviderError::Unreachable { .. }
        | ProviderError::TimedOut { .. }
        | ProviderError::Cancelled => false,
    }
}
