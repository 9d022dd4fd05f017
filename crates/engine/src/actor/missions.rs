//! Missions from the actor's side: a message in Recursive mode, a decision about a card, and how their turns end.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use headwater_protocol::events::{
    Failed, MissionProposed, MissionRevised, TurnEnded, TurnStarted, UserMessage,
};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{Approver, Cancel, Delta, EndReason, Event, ModeId, Op};
use tokio::sync::mpsc;

use super::running::{record_revoked, time_left};
use super::steering::Steering;
use super::{Actor, Flow};
use crate::conductor::{
    Decided, Drafting, Executed, MissionError, Revising, Workshop, decide, execute, is_amendment, undo,
    withdraw,
};
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;
use crate::turn::{TurnError, provider_failed};

/// What a turn of a mission does.
enum Work {
    Propose(String),
    Revise(Revising),
    Execute,
    /// The card that waits.
    Show,
    /// What the last turn came to and could not say any more.
    Tell,
}

impl Work {
    /// The card that is being written anew.
    fn card(&self) -> Option<Arc<MissionProposed>> {
        match self {
            Self::Revise(revising) => Some(Arc::clone(&revising.before)),
            Self::Propose(_) | Self::Execute | Self::Show | Self::Tell => None,
        }
    }
}

impl Actor {
    /// A message in Recursive mode: a new question, words about the card that waits, or a nudge to a mission that was
    /// cut off.
    pub(super) async fn submit_mission(
        &mut self,
        text: String,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let was_cut_off = was_cut_off(&self.ledger);
        let is_said_again = was_cut_off && last_said(&self.ledger) == Some(&text);
        self.ledger.record(UserMessage { text: text.clone() }).await?;
        if is_amendment(&self.ledger) {
            // The process ended while an amendment waited: the card before it goes on.
            withdraw(&mut self.ledger).await?;
        }
        let mission = &self.ledger.state().mission;
        let work = match (mission.phase, mission.card.clone()) {
            // The process ended before it could say that the card waits.
            (MissionPhase::AwaitApproval, Some(_)) if is_said_again => Work::Show,
            (MissionPhase::AwaitApproval | MissionPhase::Research, Some(before)) => {
                let words = last_words(&self.ledger).filter(|_| was_cut_off).unwrap_or(text);
                self.ledger
                    .record(MissionRevised { mission: before.mission.clone(), words: words.clone() })
                    .await?;
                Work::Revise(Revising { before, words })
            }
            (MissionPhase::Execute, Some(_)) => Work::Execute,
            (MissionPhase::Ended, Some(_)) if was_cut_off && last_report(&self.ledger).is_some() => {
                Work::Tell
            }
            (
                MissionPhase::Idle
                | MissionPhase::Research
                | MissionPhase::AwaitApproval
                | MissionPhase::Execute
                | MissionPhase::Ended,
                _,
            ) => Work::Propose(self.question(text, was_cut_off).await),
        };
        Box::pin(self.mission_turn(work, later)).await
    }

    /// What is asked: words behind research that was cut off are a nudge to go on with its question.
    async fn question(&self, text: String, was_cut_off: bool) -> String {
        let workshop = Workshop::of(&self.parts, &self.store).ok().filter(|_| was_cut_off);
        let Some(cut_off) = workshop.and_then(|workshop| workshop.cut_off(&self.ledger)) else { return text };
        if cut_off.question != text {
            let told = format!("The mission that was cut off goes on: {}", cut_off.question);
            self.ledger.tell_delta(Delta::Notice { text: told }).await;
        }
        cut_off.question
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
        let before = work.card();
        let Self { ledger, parts, decisions, store, ops, .. } = self;
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let cancelled_as = Arc::clone(&steering.cancelled_as);
        let cancel = steering.cancel.clone();
        let running = async {
            let workshop = Workshop::of(parts, store)?;
            match work {
                Work::Tell => Ok(last_report(ledger).unwrap_or_else(|| waiting(ledger))),
                Work::Show => go_on_if_approved(&workshop, (ledger, decisions), cancel).await,
                Work::Execute => execute(&workshop, ledger, decisions, cancel).await,
                Work::Propose(question) => {
                    let mut drafting = Drafting { workshop, ledger, cancel: cancel.clone() };
                    let drafted = Box::pin(drafting.propose(&question));
                    in_time(parts, (&cancelled_as, &cancel), drafted).await?;
                    go_on_if_approved(&workshop, (ledger, decisions), cancel).await
                }
                Work::Revise(revising) => {
                    let mut drafting = Drafting { workshop, ledger, cancel: cancel.clone() };
                    let drafted = Box::pin(drafting.revise(&revising));
                    in_time(parts, (&cancelled_as, &cancel), drafted).await?;
                    go_on_if_approved(&workshop, (ledger, decisions), cancel).await
                }
            }
        };
        let outcome = Box::pin(steering.run(ops, std::future::pending(), running)).await;
        parts.desk.let_go();
        let ended = match outcome {
            Ok(executed) => executed,
            Err(MissionError::Turn(TurnError::Ledger(error))) => return Err(error),
            Err(error) => {
                put_back(ledger, before).await?;
                failed(ledger, error, cancelled_as.get().copied()).await?
            }
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

/// The card that was to be written anew waits again when no other came of it.
async fn put_back(ledger: &mut Ledger, before: Option<Arc<MissionProposed>>) -> Result<(), LedgerError> {
    let is_gone = ledger.state().mission.phase == MissionPhase::Research;
    match before.filter(|_| is_gone) {
        Some(before) => ledger.record((*before).clone()).await,
        None => Ok(()),
    }
}

/// Whether the turn before, one of a mission, ended with its process or for want of a model.
fn was_cut_off(ledger: &Ledger) -> bool {
    let mut records = ledger.live().into_iter().rev();
    let ended =
        records.find_map(
            |record| {
                if let Event::TurnEnded(ended) = &record.event { Some(ended.reason) } else { None }
            },
        );
    let mode = records.find_map(|record| {
        if let Event::TurnStarted(started) = &record.event { Some(started.mode) } else { None }
    });
    mode == Some(ModeId::Recursive)
        && matches!(ended, Some(EndReason::Terminated | EndReason::ProviderFailed))
}

/// What the person said last.
fn last_said(ledger: &Ledger) -> Option<&String> {
    ledger.live().into_iter().rev().find_map(|record| {
        if let Event::UserMessage(message) = &record.event { Some(&message.text) } else { None }
    })
}

/// The end of a mission in the turn that was cut off, the last one before this.
fn last_report(ledger: &Ledger) -> Option<Executed> {
    let mut turns = 0;
    for record in ledger.live().into_iter().rev() {
        if let Event::MissionEnded(ended) = &record.event {
            return Some(Executed { reason: ended.reason, text: ended.report.clone() });
        } else if let Event::TurnEnded(ended) = &record.event {
            turns += 1;
            if turns > 1 || ended.reason != EndReason::Terminated {
                return None;
            }
        }
    }
    None
}

/// The words of a revision that has not come to its card.
fn last_words(ledger: &Ledger) -> Option<String> {
    if ledger.state().mission.phase != MissionPhase::Research {
        return None;
    }
    ledger.live().into_iter().rev().find_map(|record| {
        if let Event::MissionRevised(revised) = &record.event { Some(revised.words.clone()) } else { None }
    })
}

/// Runs what comes before a card within the time of the command line; what runs after its approval has a budget.
async fn in_time<T>(
    parts: &Parts,
    (cancelled_as, cancel): (&OnceLock<EndReason>, &Cancel),
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        outcome = &mut work => outcome,
        () = time_left(parts) => {
            cancelled_as.get_or_init(|| EndReason::MaxTime);
            cancel.cancel();
            work.await
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
