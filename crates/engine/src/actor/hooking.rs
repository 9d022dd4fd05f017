//! What the actor does for hooks: those of the session's ends, of a message before it is sent, and the person's yes.

use std::collections::VecDeque;
use std::time::Duration;

use headwater_protocol::events::{Failed, ReminderInjected, TurnStarted};
use headwater_protocol::{Answer, Cancel, Delta, EndReason, Event, HookPoint, Op, Update};
use serde_json::json;

use super::running::record_revoked;
use super::steering::Steering;
use super::{Actor, Flow, take_queued};
use crate::hooks::{Occasion, Outcome, Seat};
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;
use crate::turn::end_turn;

/// How long hooks may hold up the end of a session or of a failed turn: the process may be about to end.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// What became of a message.
pub(super) enum Heard {
    /// It goes to the model, with these words of hooks behind it.
    Sent(Vec<String>),
    /// It does not.
    Stopped(Flow),
}

/// Hooks that have run while ops were taken.
struct Ran {
    outcome: Outcome,
    flow: Flow,
    /// How the running was broken off.
    broken_off: Option<EndReason>,
}

impl Actor {
    /// Runs the hooks that begin a session.
    pub(super) async fn session_began(&mut self, later: &mut VecDeque<Op>) -> Result<Flow, LedgerError> {
        let is_resumed =
            self.ledger.records().iter().any(|record| matches!(record.event, Event::SessionResumed(_)));
        let source = if is_resumed { "resume" } else { "startup" };
        let occasion = Occasion::of_kind(HookPoint::SessionStart, "source", source);
        let ran = self.run_hooks(occasion, later).await?;
        self.tell_model(HookPoint::SessionStart, ran.outcome.told).await?;
        self.parts.hooks.object_to_start();
        let unsent = if ran.broken_off.is_some() { take_queued(later) } else { Vec::new() };
        if let Some(reason) = ran.broken_off.filter(|_| !unsent.is_empty()) {
            // What stops these hooks was meant for the message that waited behind them. A turn that stands at the gate waits on.
            if !self.ledger.state().is_held() {
                let (turn, mode) = (self.ledger.state().phase.turn + 1, self.ledger.state().session.mode);
                self.ledger.record(TurnStarted { turn, mode }).await?;
                end_turn(&mut self.ledger, reason).await?;
            }
            self.ledger.tell(Update::Answer(Answer::Unqueued(unsent))).await;
        }
        Ok(ran.flow)
    }

    /// Runs the hooks that end a session, and no longer than the front end waits.
    pub(super) async fn session_ends(&mut self) {
        let occasion = Occasion::of_kind(HookPoint::SessionEnd, "reason", "other");
        if let Err(error) = last_words(&mut self.ledger, &self.parts, occasion).await {
            tracing::warn!(%error, "the hooks at the end of the session could not be recorded");
        }
        self.parts.hooks.leave();
        super::servers::leave(&self.parts).await;
    }

    /// Runs the hooks before a message is sent.
    pub(super) async fn hear_prompt(
        &mut self,
        text: &str,
        later: &mut VecDeque<Op>,
    ) -> Result<Heard, LedgerError> {
        let objection = self.parts.hooks.take_objection();
        let ran = if objection.is_some() {
            Ran { outcome: Outcome::default(), flow: Flow::Continue, broken_off: None }
        } else {
            let occasion = Occasion::new(HookPoint::UserPromptSubmit).with_prompt(text);
            self.run_hooks(occasion, later).await?
        };
        let Ran { outcome, flow, broken_off } = ran;
        // What a hook wanted of an earlier turn is no word about this one.
        drop(self.parts.hooks.take_halt());
        let no = objection.as_ref().or(outcome.no()).or(outcome.halt.as_ref());
        if no.is_none() && broken_off.is_none() {
            return Ok(Heard::Sent(outcome.told));
        }
        let (turn, mode) = (self.ledger.state().phase.turn + 1, self.ledger.state().session.mode);
        self.ledger.record(TurnStarted { turn, mode }).await?;
        if let Some(no) = no.filter(|_| broken_off.is_none()) {
            let message = format!("The hook `{}` blocked this message: {}", no.hook, no.reason);
            let next_step = "It was not sent. Change it, or look at /hooks.".to_owned();
            self.ledger.record(Failed { kind: "hook_blocked".to_owned(), message, next_step }).await?;
        }
        end_turn(&mut self.ledger, broken_off.unwrap_or(EndReason::HookStop)).await?;
        let unsent = std::iter::once(text.to_owned()).chain(take_queued(later)).collect();
        self.ledger.tell(Update::Answer(Answer::Unqueued(unsent))).await;
        Ok(Heard::Stopped(flow))
    }

    /// Tells the model what hooks said to it.
    pub(super) async fn tell_model(
        &mut self,
        point: HookPoint,
        told: Vec<String>,
    ) -> Result<(), LedgerError> {
        for text in told {
            self.ledger.record(ReminderInjected { key: format!("hooks/{point:?}"), text }).await?;
        }
        Ok(())
    }

    /// The person said yes to the hooks that the project brings.
    pub(super) async fn approve_hooks(&mut self, digest: &str) {
        let text = self.parts.hooks.approve(digest);
        self.ledger.tell_delta(Delta::Notice { text }).await;
        self.ledger.tell(Update::Answer(Answer::Hooks(self.parts.hooks.list()))).await;
    }

    /// Runs the hooks of a point while ops are taken.
    async fn run_hooks(&mut self, occasion: Occasion, later: &mut VecDeque<Op>) -> Result<Ran, LedgerError> {
        let Self { ledger, parts, store, ops, .. } = self;
        if !parts.hooks.are_at(&[occasion.point()]) {
            return Ok(Ran { outcome: Outcome::default(), flow: Flow::Continue, broken_off: None });
        }
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let (cancel, cancelled_as) = (steering.cancel.clone(), std::sync::Arc::clone(&steering.cancelled_as));
        let mut seat = Seat { ledger, parts, cancel: &cancel };
        let outcome =
            steering.run(ops, std::future::pending(), Box::pin(seat.run_silently(occasion))).await?;
        let (flow, revoked) = (steering.flow, std::mem::take(&mut steering.revoked));
        record_revoked(ledger, revoked).await?;
        Ok(Ran { outcome, flow, broken_off: cancelled_as.get().copied() })
    }
}

/// Runs the hooks of a turn that failed.
pub(super) async fn turn_failed(
    ledger: &mut Ledger,
    parts: &Parts,
    reason: EndReason,
) -> Result<(), LedgerError> {
    let is_failure = match reason {
        EndReason::ProviderFailed | EndReason::Error | EndReason::WindowFull => true,
        EndReason::Done
        | EndReason::Interrupted
        | EndReason::Terminated
        | EndReason::NeedsPerson
        | EndReason::MaxSteps
        | EndReason::MaxCost
        | EndReason::MaxTime
        | EndReason::Stalled
        | EndReason::Failures
        | EndReason::HookStop
        | EndReason::ContractUnmet
        | EndReason::BudgetSpent => false,
    };
    if !is_failure {
        return Ok(());
    }
    let failure = ledger.records().iter().rev().find_map(|record| {
        if let Event::Failed(failed) = &record.event { Some(failed.message.clone()) } else { None }
    });
    let kind = json!(reason);
    let occasion = Occasion::of_kind(HookPoint::StopFailure, "error", kind.as_str().unwrap_or_default());
    last_words(ledger, parts, occasion.with("error_details", failure)).await
}

async fn last_words(ledger: &mut Ledger, parts: &Parts, occasion: Occasion) -> Result<(), LedgerError> {
    if !parts.hooks.are_at(&[occasion.point()]) {
        return Ok(());
    }
    let cancel = Cancel::new();
    let mut seat = Seat { ledger, parts, cancel: &cancel };
    let run = Box::pin(seat.run_silently(occasion));
    let late = async {
        tokio::time::sleep(LAST_WORDS).await;
        cancel.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ran = run => ran.map(drop),
        () = late => Ok(()),
    }
}
