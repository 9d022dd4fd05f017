//! A model that fails for now: an answer that broke off is gone on with, and another model stands in for one that does not
//! answer (HARNESS S10). Either way the turn goes on with its next request.

use std::sync::Arc;

use headwater_protocol::views::Idle;
use headwater_protocol::{EndReason, Projection, ProviderError};

use super::{Turn, TurnError};
use crate::asking::Reply;
use crate::standing_in::Failing;

/// How often in a row the model is asked to go on with an answer that broke off.
pub(crate) const MOST_CUTS: u32 = 3;

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
        if self.fall_back(&error).await? {
            return Ok(Reply::broken());
        }
        Err(error.into())
    }

    /// Makes room for the next request. Where the model fails to say a summary, another one is asked for it, and for what
    /// follows.
    pub(super) async fn relieve_or_fall_back(&mut self) -> Result<Option<EndReason>, TurnError> {
        let error = match self.relief().relieve().await {
            Err(TurnError::Provider(error)) => error,
            outcome => return outcome,
        };
        if !self.fall_back(&error).await? {
            return Err(error.into());
        }
        // The summary that was asked for has come to nothing.
        self.repair().await?;
        self.relief().relieve().await
    }

    /// Lets another model stand in for the rest of the turn; says whether one does.
    async fn fall_back(&mut self, error: &ProviderError) -> Result<bool, TurnError> {
        if self.ledger.state().phase.has_fallen_back {
            return Ok(false);
        }
        let failing = Failing {
            ledger: self.ledger,
            provider: self.provider.as_ref(),
            fallback: self.parts.fallback.clone(),
            cancel: &self.cancel,
            limits: Some(&self.parts.limits),
        };
        let other = failing.fall_back(error).await?;
        if let Some(other) = &other {
            self.provider = Arc::clone(other);
        }
        Ok(other.is_some())
    }
}
