//! How a turn that broke off ended, and the record of the end.

use headwater_protocol::events::{Failed, TurnEnded};
use headwater_protocol::repl::ReplError;
use headwater_protocol::{EndReason, ProviderError};

use super::{TurnError, close_open_calls};
use crate::handshake;
use crate::ledger::{Ledger, LedgerError};

/// The reason of a turn that broke off; what failed is recorded. `cancelled_as` is why it was cancelled, if it was.
pub(crate) async fn broken_off(
    ledger: &mut Ledger,
    error: TurnError,
    cancelled_as: EndReason,
) -> Result<EndReason, LedgerError> {
    match error {
        TurnError::Interrupted => Ok(cancelled_as),
        TurnError::Ledger(error) => Err(error),
        TurnError::Provider(error) => provider_failed(ledger, &error).await,
        TurnError::Repl(error) => interpreter_failed(ledger, &error).await,
    }
}

/// Records why the provider failed, and how the turn ends with it.
pub(crate) async fn provider_failed(
    ledger: &mut Ledger,
    error: &ProviderError,
) -> Result<EndReason, LedgerError> {
    let failed = Failed {
        kind: error.kind().to_owned(),
        message: error.to_string(),
        next_step: error.next_step().to_owned(),
    };
    ledger.record(failed).await?;
    let is_full = matches!(error, ProviderError::WindowExceeded { .. });
    Ok(if is_full { EndReason::WindowFull } else { EndReason::ProviderFailed })
}

async fn interpreter_failed(ledger: &mut Ledger, error: &ReplError) -> Result<EndReason, LedgerError> {
    let failed = Failed {
        kind: "interpreter".to_owned(),
        message: error.to_string(),
        next_step: "Run `headwater doctor` to see what is missing.".to_owned(),
    };
    ledger.record(failed).await?;
    Ok(EndReason::Error)
}

/// Closes what is open and records the end of the turn.
pub(crate) async fn end_turn(ledger: &mut Ledger, reason: EndReason) -> Result<(), LedgerError> {
    close_open_calls(ledger).await?;
    let state = ledger.state();
    let is_done = reason == EndReason::Done;
    let refused = || handshake::ending(&state.contract, reason);
    let what_now = || refused().unwrap_or_else(|| reason.what_now().to_owned());
    let text = if is_done { state.conversation.last_answer() } else { what_now() };
    let ended = TurnEnded {
        turn: state.phase.turn,
        reason,
        text,
        denied: state.approvals.denied_unattended,
        steps: state.budget.turn_steps,
    };
    ledger.record(ended).await?;
    ledger.commit();
    Ok(())
}
