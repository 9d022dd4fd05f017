//! Asking the model for a summary: heard to the end, shown to nobody, no message of the conversation.

use headwater_context::{estimate, summary_request};
use headwater_protocol::events::{SummaryAsk, SummaryRequested, UsageReported};
use headwater_protocol::update::Waiting;
use headwater_protocol::{Delta, ProviderError, StopSignal};

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
        // Only how it goes on with retries is for the screen; the words are not.
        let is_shown = |delta: &Delta| matches!(delta, Delta::Waiting { .. });
        // It is no message of the conversation, which the server must not take it for.
        let planned = request.clearing.as_ref().map(|clearing| clearing.cleared);
        let stream = self.provider.stream(request, self.cancel.child());
        let heard = self.receive(stream, &mut draft, is_shown, None).await;
        self.check_cleared(planned, &draft).await?;
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
