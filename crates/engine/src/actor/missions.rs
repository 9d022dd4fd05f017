//! Missions from the actor's side: a message in Recursive mode, a decision about a card, and how their turns end.

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_protocol::events::{Failed, MissionRevised, TurnEnded, TurnStarted, UserMessage};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{Approver, Cancel, Delta, EndReason, ModeId, Op};
use tokio::sync::mpsc;

use super::running::{provider_failed, record_revoked};
use super::steering::Steering;
use super::{Actor, Flow};
use crate::conductor::{
    Decided, Drafting, Executed, MissionError, Revising, Workshop, decide, execute, undo,
};
use crate::ledger::{Ledger, LedgerError};
use crate::turn::TurnError;

/// What a turn of a mission does.
enum Work {
    Propose(String),
    Revise(Revising),
    Execute,
}

impl Actor {
    /// A message in Recursive mode: a new question, words about the card that waits, or a nudge to a mission that was
    /// cut off.
    pub(super) async fn submit_mission(
        &mut self,
        text: String,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        self.ledger.record(UserMessage { text: text.clone() }).await?;
        let mission = &self.ledger.state().mission;
        let work = match (mission.phase, mission.card.clone()) {
            (MissionPhase::AwaitApproval, Some(before)) => {
                self.ledger
                    .record(MissionRevised { mission: before.mission.clone(), words: text.clone() })
                    .await?;
                Work::Revise(Revising { before, words: text })
            }
            (MissionPhase::Execute, Some(_)) => Work::Execute,
            _ => Work::Propose(text),
        };
        Box::pin(self.mission_turn(work, later)).await
    }

    /// A decision while nothing runs.
    pub(super) async fn decide_mission(
        &mut self,
        decision: MissionDecision,
        by: Approver,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, store, .. } = self;
        let decided = async {
            let workshop = Workshop::of(parts, store)?;
            decide(&workshop, ledger, decision, by).await
        };
        match decided.await {
            Ok(Decided::Settled) => Ok(Flow::Continue),
            Ok(Decided::Run) => Box::pin(self.mission_turn(Work::Execute, later)).await,
            Ok(Decided::Revise(revising)) => Box::pin(self.mission_turn(Work::Revise(revising), later)).await,
            Err(MissionError::Turn(TurnError::Ledger(error))) => Err(error),
            Err(error) => {
                self.ledger.tell_delta(Delta::Notice { text: error.to_string() }).await;
                Ok(Flow::Continue)
            }
        }
    }

    /// Takes back what the last mission has changed.
    pub(super) async fn undo_mission(&mut self) -> Result<(), LedgerError> {
        match undo(&self.parts, &self.store, &mut self.ledger).await {
            Ok(()) => {}
            Err(MissionError::Turn(TurnError::Ledger(error))) => return Err(error),
            Err(error) => self.ledger.tell_delta(Delta::Notice { text: error.to_string() }).await,
        }
        Ok(())
    }

    async fn mission_turn(&mut self, work: Work, later: &mut VecDeque<Op>) -> Result<Flow, LedgerError> {
        let turn = self.ledger.state().phase.turn + 1;
        self.ledger.record(TurnStarted { turn, mode: ModeId::Recursive }).await?;
        self.ledger.commit();
        let Self { ledger, parts, decisions, store, ops, .. } = self;
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let cancelled_as = Arc::clone(&steering.cancelled_as);
        let cancel = steering.cancel.clone();
        let running = async {
            let workshop = Workshop::of(parts, store)?;
            match work {
                Work::Execute => execute(&workshop, ledger, decisions, cancel).await,
                Work::Propose(question) => {
                    Drafting { workshop, ledger, cancel: cancel.clone() }.propose(&question).await?;
                    go_on_if_approved(&workshop, (ledger, decisions), cancel).await
                }
                Work::Revise(revising) => {
                    Drafting { workshop, ledger, cancel: cancel.clone() }.revise(&revising).await?;
                    go_on_if_approved(&workshop, (ledger, decisions), cancel).await
                }
            }
        };
        let outcome = Box::pin(steering.run(ops, std::future::pending(), running)).await;
        parts.desk.let_go();
        let ended = match outcome {
            Ok(executed) => executed,
            Err(MissionError::Turn(TurnError::Ledger(error))) => return Err(error),
            Err(error) => failed(ledger, error, cancelled_as.get().copied()).await?,
        };
        end_turn(ledger, &ended).await?;
        record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
        Ok(steering.flow)
    }

    /// `--approve-mission`: the card that waits is approved as it is, next.
    pub(super) fn approve_by_flag(&self, later: &mut VecDeque<Op>) {
        if let Some(hash) = waiting_hash(&self.ledger) {
            later.push_front(Op::DecideMission(MissionDecision::Approve { hash }));
        }
    }
}

/// The hash of the card that waits, for who approves without looking.
fn waiting_hash(ledger: &Ledger) -> Option<String> {
    let mission = &ledger.state().mission;
    mission.waiting()?;
    mission.card.as_ref().map(|card| card.hash.clone())
}

/// A card is before the person; where the command line has approved it, and it can be, it runs at once.
async fn go_on_if_approved(
    workshop: &Workshop<'_>,
    (ledger, decisions): (&mut Ledger, &mut mpsc::UnboundedReceiver<MissionDecision>),
    cancel: Cancel,
) -> Result<Executed, MissionError> {
    let is_sound = ledger.state().mission.card.as_ref().is_some_and(|card| card.lint.is_empty());
    let hash = waiting_hash(ledger).filter(|_| workshop.setup.is_approved && is_sound);
    let Some(hash) = hash else { return Ok(waiting(ledger)) };
    decide(workshop, ledger, MissionDecision::Approve { hash }, Approver::Flag).await?;
    execute(workshop, ledger, decisions, cancel).await
}

/// A card is before the person: the turn ends here, and the decision begins another.
fn waiting(ledger: &Ledger) -> Executed {
    let card = ledger.state().mission.card.as_ref();
    let text = card.map_or_else(String::new, |card| headwater_context::card_text(card));
    Executed { reason: EndReason::NeedsPerson, text }
}

async fn failed(
    ledger: &mut Ledger,
    error: MissionError,
    cancelled_as: Option<EndReason>,
) -> Result<Executed, LedgerError> {
    let told = |kind: &str, message: String, next_step: &str| Failed {
        kind: kind.to_owned(),
        message,
        next_step: next_step.to_owned(),
    };
    let failed = match error {
        MissionError::Turn(TurnError::Interrupted) => {
            let reason = cancelled_as.unwrap_or(EndReason::Interrupted);
            return Ok(Executed { reason, text: reason.what_now().to_owned() });
        }
        MissionError::Turn(TurnError::Provider(error)) => {
            let reason = provider_failed(ledger, &error).await?;
            return Ok(Executed { reason, text: reason.what_now().to_owned() });
        }
        MissionError::Refused { kind, message, next_step } => told(kind, message, next_step),
        error @ MissionError::Context(_) => {
            told("context", error.to_string(), "Name another with --context or @path.")
        }
        error @ (MissionError::Store(_) | MissionError::Repl(_) | MissionError::Turn(_)) => {
            told("mission", error.to_string(), "Run `headwater doctor`, then try again.")
        }
    };
    ledger.record(failed).await?;
    Ok(Executed { reason: EndReason::Error, text: EndReason::Error.what_now().to_owned() })
}

async fn end_turn(ledger: &mut Ledger, ended: &Executed) -> Result<(), LedgerError> {
    let state = ledger.state();
    let record = TurnEnded {
        turn: state.phase.turn,
        reason: ended.reason,
        text: ended.text.clone(),
        denied: 0,
        steps: state.budget.turn_steps,
    };
    ledger.record(record).await?;
    ledger.commit();
    Ok(())
}
