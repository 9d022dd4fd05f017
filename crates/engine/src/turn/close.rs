//! Terminal results for calls that did not run.

use headwater_protocol::CallId;
use headwater_protocol::events::{ResultStatus, ToolReturned};

use super::{Turn, TurnError};
use crate::ledger::{Ledger, LedgerError};

impl Turn<'_> {
    /// Gives a call that does not run its terminal result.
    pub(super) async fn close(
        &mut self,
        call: &CallId,
        name: &str,
        status: ResultStatus,
        text: String,
    ) -> Result<(), TurnError> {
        let returned = ToolReturned::of_none(call.clone(), name.to_owned(), status, text);
        Ok(self.ledger.record(returned).await?)
    }
}

/// Closes every call that is still open after an interrupted or failed turn.
pub(crate) async fn close_open_calls(ledger: &mut Ledger) -> Result<(), LedgerError> {
    let open: Vec<_> = ledger.state().open_calls.iter().cloned().collect();
    for pending in open {
        let text = "Not run: the turn was interrupted.".to_owned();
        let (call, name, status) = (pending.call, pending.name, ResultStatus::Cancelled);
        ledger.record(ToolReturned::of_none(call, name, status, text)).await?;
    }
    Ok(())
}
