//! Relief before a request, and a request that the server finds too long.

use headwater_protocol::{EndReason, Projection};

use super::{Turn, TurnError};
use crate::asking::Reply;
use crate::relief::{Relief, is_too_long};

impl Turn<'_> {
    /// Says what is to be said before the next request, and makes it smaller when it would fill the window; ends the turn
    /// when nothing helps.
    pub(super) async fn relieve_pressure(&mut self) -> Result<Option<EndReason>, TurnError> {
        self.remind().await?;
        self.relieve_or_fall_back().await
    }

    /// Asks. A request that the server finds too long is made smaller and sent once more.
    pub(super) async fn ask_in_window(&mut self, request: Projection) -> Result<Reply, TurnError> {
        let error = match self.asking().ask(request, None).await {
            Err(error) if is_too_long(&error) => error,
            outcome => return outcome,
        };
        if !self.relief().refused().await? {
            return Err(error);
        }
        let request = self.asking().project().await?;
        self.asking().ask(request, None).await
    }

    pub(super) fn relief(&mut self) -> Relief<'_> {
        let (thresholds, store) = (self.parts.thresholds, Some(self.parts.blobs.as_path()));
        let hooks = Some(self.parts);
        Relief { asking: self.asking(), thresholds, store, hooks }
    }
}
