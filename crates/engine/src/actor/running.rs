//! Running a turn, and how it ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::events::RuleRevoked;
use headwater_protocol::{EndReason, ModeSpec, Op};

use super::hooking::turn_failed;
use super::steering::Steering;
use super::{Actor, Flow};
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;
use crate::turn::{Turn, broken_off, end_turn};

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
