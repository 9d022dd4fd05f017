//! A model that fails for now: an answer that broke off is gone on with, and another model stands in for one that does not
//! answer (HARNESS S10). Either way the turn goes on with its next request.

use std::sync::Arc;

use headwater_protocol::events::FellBack;
use headwater_protocol::views::Idle;
use headwater_protocol::{Delta, Projection, Provider, ProviderError};

use super::{Turn, TurnError};
use crate::asking::Reply;
use crate::parts::unlimited_cost;

/// How often in a row the model is asked to go on with an answer that broke off.
const MOST_CUTS: u32 = 3;

impl Turn<'_> {
    /// Asks. Where the model fails for now and there is a way on, the reply says nothing.
    pub(super) async fn ask(&mut self, request: Projection) -> Result<Reply, TurnError> {
        match self.ask_in_window(request).await {
            Err(TurnError::Provider(error)) => self.recover(error).await,
            outcome => outcome,
        }
    }

    async fn recover(&mut self, error: ProviderError) -> Result<Reply, TurnError> {
        let state = self.ledger.state();
        let is_cut = state.reminders.idle() == Some(Idle::Broken);
        if is_cut && state.phase.cuts <= MOST_CUTS {
            return Ok(Reply::broken());
        }
        if may_stand_in(&error) && self.fall_back(&error).await? {
            return Ok(Reply::broken());
        }
        Err(error.into())
    }

    /// Lets another model stand in for the rest of the turn; says whether one does.
    async fn fall_back(&mut self, error: &ProviderError) -> Result<bool, TurnError> {
        if self.ledger.state().phase.has_fallen_back {
            return Ok(false);
        }
        let Some(connect) = self.parts.fallback.clone() else { return Ok(false) };
        let connected = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(TurnError::Interrupted),
            connected = connect() => connected,
        };
        let other = match connected {
            Ok(other) if name_of(other.as_ref()) != name_of(self.provider.as_ref()) => other,
            Ok(_same) => return Ok(false),
            Err(why) => {
                let text = format!("The fallback model cannot stand in: {why}");
                self.ledger.tell_delta(Delta::Notice { text }).await;
                return Ok(false);
            }
        };
        let (vendor, model) = (other.vendor().to_owned(), other.model().clone());
        let (from, kind, message) =
            (name_of(self.provider.as_ref()), error.kind().to_owned(), error.to_string());
        if let Some(text) = unlimited_cost(&self.parts.limits, &model) {
            self.ledger.tell_delta(Delta::Notice { text }).await;
        }
        self.ledger.record(FellBack { from, vendor, model, kind, message }).await?;
        self.ledger.commit();
        self.provider = Arc::clone(&other);
        Ok(true)
    }
}

fn name_of(provider: &dyn Provider) -> String {
    format!("{}/{}", provider.vendor(), provider.model().name)
}

/// Whether another model, or another vendor, may well answer the same request.
fn may_stand_in(error: &ProviderError) -> bool {
    match error {
        ProviderError::RateLimited { .. }
        | ProviderError::QuotaExhausted { .. }
        | ProviderError::Overloaded { .. }
        | ProviderError::Unreachable { .. }
        | ProviderError::TimedOut { .. }
        | ProviderError::Cut { .. } => true,
        ProviderError::Unauthorized { .. }
        | ProviderError::BadRequest { .. }
        | ProviderError::WindowExceeded { .. }
        | ProviderError::NotUnderstood { .. }
        | ProviderError::Filtered { .. }
        | ProviderError::Cancelled => false,
    }
}
