//! Running a turn, and how it ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::events::{Failed, RuleRevoked, TurnEnded};
use headwater_protocol::repl::ReplError;
use headwater_protocol::{EndReason, ModeSpec, Op, ProviderError};

use super::steering::Steering;
use super::{Actor, Flow};
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;
use crate::turn::{Turn, TurnError, close_open_calls};

impl Actor {
    pub(super) async fn run_turn(
        &mut self,
        mode: &'static ModeSpec,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, questions, store, ops, .. } = self;
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let cancelled_as = Arc::clone(&steering.cancelled_as);
        let mut turn = Turn { ledger, parts, mode, questions, cancel: steering.cancel.clone() };
        let outcome = steering.run(ops, time_left(parts), turn.run()).await;
        let reason = match outcome {
            Ok(reason) => reason,
            Err(TurnError::Interrupted) => cancelled_as.get().copied().unwrap_or(EndReason::Interrupted),
            Err(TurnError::Ledger(error)) => return Err(error),
            Err(TurnError::Provider(error)) => provider_failed(ledger, &error).await?,
            Err(TurnError::Repl(error)) => interpreter_failed(ledger, &error).await?,
        };
        end_turn(ledger, reason).await?;
        if reason != EndReason::Done {
            // What was queued behind a turn that went wrong may no longer be what the person wants.
            steering.unqueue().await;
        }
        record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
        Ok(steering.flow)
    }
}

/// Records the rules that were withdrawn while something ran.
pub(super) async fn record_revoked(
    ledger: &mut Ledger,
    revoked: Vec<RuleRevoked>,
) -> Result<(), LedgerError> {
    for rule in revoked {
        ledger.record(rule).await?;
    }
    Ok(())
}

/// Resolves when the turn's time is up; never when there is no limit, or when a person is there, whose
/// thinking is not counted (the stop between steps holds then).
pub(super) async fn time_left(parts: &Parts) {
    match parts.limits.max_seconds {
        Some(seconds) if !parts.desk.is_attended() => tokio::time::sleep(Duration::from_secs(seconds)).await,
        Some(_) | None => std::future::pending().await,
    }
}

/// Records why the provider failed, and how the turn ends with it.
pub(super) async fn provider_failed(
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

async fn end_turn(ledger: &mut Ledger, reason: EndReason) -> Result<(), LedgerError> {
    close_open_calls(ledger).await?;
    let state = ledger.state();
    let is_done = reason == EndReason::Done;
    let text = if is_done { state.conversation.last_answer() } else { reason.what_now().to_owned() };
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
