//! Running a turn, and how it ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::events::RuleRevoked;
use headwater_protocol::{Conductor, EndReason, ModeSpec, Op};

use super::hooking::turn_failed;
use super::steering::Steering;
use super::{Actor, Flow};
use crate::ledger::{Ledger, LedgerError};
use crate::modes;
use crate::parts::Parts;
use crate::turn::{Turn, TurnError, broken_off, end_turn};

/// Where a turn begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With a request.
    Fresh,
    /// At the gate, where it stood when an earlier process ended.
    Held,
}

impl Actor {
    /// Goes on with the turn that stands at the gate, if one does: in the mode that holds by now, unless that has no turns.
    pub(super) async fn carry_on(&mut self, later: &mut VecDeque<Op>) -> Result<Flow, LedgerError> {
        let state = self.ledger.state();
        if !state.is_held() {
            return Ok(Flow::Continue);
        }
        let today = modes::spec(state.session.mode);
        let mode = if today.conductor == Conductor::Mission { modes::spec(state.phase.mode) } else { today };
        Box::pin(self.run_turn(mode, Beginning::Held, later)).await
    }

    pub(super) async fn run_turn(
        &mut self,
        mode: &'static ModeSpec,
        beginning: Beginning,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, questions, store, ops, .. } = self;
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let cancelled_as = Arc::clone(&steering.cancelled_as);
        let provider = Arc::clone(&parts.provider);
        let mut turn = Turn {
            ledger,
            parts,
            provider,
            mode,
            questions,
            cancel: steering.cancel.clone(),
            unredacted: Vec::new(),
        };
        let running = async {
            match beginning {
                Beginning::Fresh => turn.run().await,
                Beginning::Held => turn.go_on().await,
            }
        };
        let outcome = Box::pin(steering.run(ops, time_left(parts), running)).await;
        if waits_on(ledger, &outcome, cancelled_as.get().copied()) {
            record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
            ledger.commit();
            return Ok(Flow::End);
        }
        let reason = match outcome {
            Ok(reason) => reason,
            Err(error) => {
                let cancelled_as = cancelled_as.get().copied().unwrap_or(EndReason::Interrupted);
                broken_off(ledger, error, cancelled_as).await?
            }
        };
        turn_failed(ledger, parts, reason).await?;
        end_turn(ledger, reason).await?;
        if reason != EndReason::Done {
            // What was queued behind a turn that went wrong may no longer be what the person wants.
            steering.unqueue().await;
        }
        record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
        Ok(steering.flow)
    }
}

/// Whether the turn stands at the gate while the process ends: then it is left as it is, for another process to go on with.
fn waits_on(
    ledger: &Ledger,
    outcome: &Result<EndReason, TurnError>,
    cancelled_as: Option<EndReason>,
) -> bool {
    let is_leaving = matches!(cancelled_as, None | Some(EndReason::Terminated));
    is_leaving && matches!(outcome, Err(TurnError::Interrupted)) && ledger.state().is_held()
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
