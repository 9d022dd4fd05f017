//! Terminal results for calls that did not run.

use headwater_protocol::CallId;
use headwater_protocol::events::{ResultStatus, ToolReturned};
use serde_json::Value;

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
        Ok(self.ledger.record(not_run(call.clone(), name.to_owned(), status, text)).await?)
    }
}

/// Closes every call that is still open after an interrupted or failed turn.
pub(crate) async fn close_open_calls(ledger: &mut Ledger) -> Result<(), LedgerError> {
    let open: Vec<_> = ledger.state().open_calls.iter().cloned().collect();
    for pending in open {
        let text = "Not run: the turn was interrupted.".to_owned();
        ledger.record(not_run(pending.call, pending.name, ResultStatus::Cancelled, text)).await?;
    }
    Ok(())
}

fn not_run(call: CallId, name: String, status: ResultStatus, text: String) -> ToolReturned {
    ToolReturned {
        call,
        name,
        is_error: true,
        status,
        text,
        data: Value::Null,
        reminders: Vec::new(),
        blobs: Vec::new(),
        files: Vec::new(),
        millis: 0,
    }
}
