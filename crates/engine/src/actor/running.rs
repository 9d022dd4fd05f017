//! While a turn runs: what the person says meanwhile, and how the turn ends.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use headwater_protocol::events::{Failed, TurnEnded};
use headwater_protocol::{Answer, Cancel, Delta, EndReason, ModeSpec, Op, ProviderError, Query, Update};

use super::{Actor, Flow, take_queued};
use crate::desk::ApprovalAnswer;
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;
use crate::sessions::SessionStore;
use crate::turn::{Turn, TurnError, close_open_calls};

/// What can be done to a running turn from outside.
struct Steering<'a> {
    parts: &'a Parts,
    store: &'a SessionStore,
    updates: tokio::sync::mpsc::Sender<Update>,
    cancel: Cancel,
    cancelled_as: Arc<OnceLock<EndReason>>,
    later: &'a mut VecDeque<Op>,
    flow: Flow,
}

impl Actor {
    pub(super) async fn run_turn(
        &mut self,
        mode: &'static ModeSpec,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, questions, store, ops } = self;
        let cancel = Cancel::new();
        let cancelled_as = Arc::new(OnceLock::new());
        let mut steering = Steering {
            parts,
            store,
            updates: ledger.updates(),
            cancel: cancel.clone(),
            cancelled_as: Arc::clone(&cancelled_as),
            later,
            flow: Flow::Continue,
        };
        let deadline = time_left(parts);
        let mut turn = Turn { ledger, parts, mode, questions, cancel };
        let outcome = {
            let mut running = std::pin::pin!(turn.run());
            let mut deadline = std::pin::pin!(deadline);
            let mut is_timed = true;
            loop {
                tokio::select! {
                    biased;
                    op = ops.recv(), if steering.flow == Flow::Continue => steering.take(op).await,
                    () = &mut deadline, if is_timed => {
                        is_timed = false;
                        steering.stop(EndReason::MaxTime);
                    }
                    outcome = &mut running => break outcome,
                }
            }
        };
        let flow = steering.flow;
        let reason = end_of(outcome, &cancelled_as, ledger).await?;
        end_turn(ledger, reason).await?;
        Ok(flow)
    }
}

/// Resolves when the turn's time is up; never when there is no limit, or when a person is there, whose
/// thinking is not counted (the stop between steps holds then).
async fn time_left(parts: &Parts) {
    match parts.limits.max_seconds {
        Some(seconds) if !parts.desk.is_attended() => tokio::time::sleep(Duration::from_secs(seconds)).await,
        Some(_) | None => std::future::pending().await,
    }
}

impl Steering<'_> {
    async fn take(&mut self, op: Option<Op>) {
        match op {
            None | Some(Op::Shutdown) => {
                self.flow = Flow::End;
                self.stop(EndReason::Terminated);
            }
            Some(Op::Interrupt) => self.stop(EndReason::Interrupted),
            Some(Op::Approve { call, decision, scope }) => {
                answered(self.parts.desk.approve(&call, ApprovalAnswer { decision, scope }));
            }
            Some(Op::AnswerQuestion { call, text }) => answered(self.parts.desk.answer(&call, text)),
            Some(Op::SetMode(mode)) => {
                self.later.retain(|op| !matches!(op, Op::SetMode(_)));
                self.later.push_front(Op::SetMode(mode));
                self.tell(Update::Delta(Delta::ModePending { mode })).await;
            }
            Some(Op::Submit { text }) => {
                self.later.push_back(Op::Submit { text });
                self.tell_queue().await;
            }
            Some(Op::Unqueue) => {
                let taken = take_queued(self.later);
                self.tell(Update::Answer(Answer::Unqueued(taken))).await;
                self.tell_queue().await;
            }
            Some(Op::Query(Query::Sessions)) => {
                self.tell(Update::Answer(sessions(self.store, self.parts))).await;
            }
            Some(Op::Query(Query::Permissions)) => {
                self.tell(Update::Answer(Answer::Permissions(self.parts.rulebook.list()))).await;
            }
            Some(op @ (Op::RunShell { .. } | Op::RevokeRule { .. } | Op::Query(Query::Projection))) => {
                self.later.push_back(op);
            }
        }
    }

    fn stop(&self, reason: EndReason) {
        // The first reason counts; a second Esc changes nothing.
        self.cancelled_as.get_or_init(|| reason);
        self.cancel.cancel();
    }

    async fn tell_queue(&self) {
        let count = self.later.iter().filter(|op| matches!(op, Op::Submit { .. })).count();
        self.tell(Update::Delta(Delta::Queued { count })).await;
    }

    async fn tell(&self, update: Update) {
        if self.updates.send(update).await.is_err() {
            tracing::debug!("the front end is gone");
        }
    }
}

/// The sessions of this workspace.
pub(super) fn sessions(store: &SessionStore, parts: &Parts) -> Answer {
    Answer::Sessions(store.list(Some(&parts.workspace)).unwrap_or_default())
}

fn answered(was_waiting: bool) {
    if !was_waiting {
        tracing::debug!("an answer came for something that no longer waits");
    }
}

/// What a turn's outcome means; a failure is recorded.
async fn end_of(
    outcome: Result<EndReason, TurnError>,
    cancelled_as: &OnceLock<EndReason>,
    ledger: &mut Ledger,
) -> Result<EndReason, LedgerError> {
    match outcome {
        Ok(reason) => Ok(reason),
        Err(TurnError::Interrupted) => Ok(cancelled_as.get().copied().unwrap_or(EndReason::Interrupted)),
        Err(TurnError::Ledger(error)) => Err(error),
        Err(TurnError::Provider(error)) => {
            let failed = Failed {
                kind: error.kind().to_owned(),
                message: error.to_string(),
                next_step: error.next_step().to_owned(),
            };
            ledger.record(failed).await?;
            Ok(match error {
                ProviderError::WindowExceeded { .. } => EndReason::WindowFull,
                ProviderError::RateLimited { .. }
                | ProviderError::QuotaExhausted { .. }
                | ProviderError::Overloaded { .. }
                | ProviderError::Unauthorized { .. }
                | ProviderError::BadRequest { .. }
                | ProviderError::Unreachable { .. }
                | ProviderError::NotUnderstood { .. }
                | ProviderError::TimedOut { .. }
                | ProviderError::Cut { .. }
                | ProviderError::Cancelled => EndReason::ProviderFailed,
            })
        }
    }
}

async fn end_turn(ledger: &mut Ledger, reason: EndReason) -> Result<(), LedgerError> {
    close_open_calls(ledger).await?;
    let state = ledger.state();
    let text = if reason == EndReason::Done {
        state.conversation.last_answer()
    } else {
        reason.what_now().to_owned()
    };
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
