//! One sub-agent from its call to its report: it waits for its turn, works, and comes back, whatever happens.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use headwater_protocol::events::{Failed, SubagentReturned, TurnStarted, UserMessage};
use headwater_protocol::views::Budget;
use headwater_protocol::{
    Delta, EndReason, Event, ModeSpec, SessionId, ToolContext, ToolOutcome, Update, Usd,
};
use tokio::sync::mpsc;

use super::definition::AgentDefinition;
use super::passing::{Looking, Passing};
use super::purse::Purse;
use super::report::{End, not_started, outcome};
use super::session::OwnSession;
use super::setup::Subagents;
use super::terms::Terms;
use super::tool::Input;
use crate::children::Journal;
use crate::ledger::{Ledger, LedgerError};
use crate::modes;
use crate::parts::Parts;
use crate::turn::{Turn, TurnError, broken_off, end_turn};

/// What a call asks for, and what the turn lends for it.
pub(super) struct Errand {
    pub(super) number: u32,
    pub(super) subagents: Subagents,
    pub(super) definition: AgentDefinition,
    pub(super) input: Input,
    /// Those of the turn above.
    pub(super) parts: Parts,
    /// The session above.
    pub(super) parent: SessionId,
    /// What foreign text that has read.
    pub(super) foreign: Option<String>,
    pub(super) updates: mpsc::Sender<Update>,
    /// The mode of the turn above.
    pub(super) mode: &'static ModeSpec,
    pub(super) context: ToolContext,
    pub(super) journal: Journal,
    pub(super) purse: Purse,
}

/// How the turn came out: `None` when it did not end after a cancel, an outer error when it panicked.
type Outcome = Option<Result<Result<EndReason, TurnError>, Box<dyn Any + Send>>>;

impl Errand {
    /// Carries the call out.
    pub(super) async fn run(self) -> ToolOutcome {
        let slot = tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => return not_started("the turn was interrupted"),
            slot = self.subagents.slots.clone().acquire_owned() => slot,
        };
        if self.purse.left() == Some(0.0) {
            return not_started("the cost limit of the session is reached");
        }
        let (terms, notice) =
            Terms::of(&self.definition, &self.parts, self.mode, &self.subagents.setup).await;
        if let Some(text) = notice {
            self.tell(Delta::Notice { text }).await;
        }
        let own = match self.open(terms) {
            Ok(own) => own,
            Err(error) => return not_started(&error.to_string()),
        };
        let started = own.started.clone();
        if self.journal.record(started.clone()).await.is_err() {
            return not_started("the session takes no more records");
        }
        let returned = Box::pin(self.work(own)).await;
        drop(slot);
        let result = outcome(&started, &returned);
        if self.journal.record(returned).await.is_err() {
            tracing::debug!("the session above takes no more records");
        }
        result
    }

    /// Works to the end, and says how that was.
    async fn work(&self, own: OwnSession) -> SubagentReturned {
        let OwnSession { mut ledger, parts, mut questions, told, began, opening, started, lock: _lock } = own;
        let cancel = self.context.cancel.child();
        let _seat = parts.desk.seat(&started.opened, cancel.clone());
        let looking = Looking {
            updates: self.updates.clone(),
            journal: self.journal.clone(),
            purse: self.purse.clone(),
            cancel: cancel.clone(),
            max_time: self.subagents.setup.max_time,
        };
        let mut passing = Passing::new(&started, told, looking);
        let begin = [
            Event::from(opening),
            started.clone().into(),
            UserMessage { text: self.input.prompt.clone() }.into(),
            TurnStarted { turn: 1, mode: started.mode }.into(),
        ];
        // On the heap: a turn is large.
        let turn = Box::pin(async {
            for event in begin {
                ledger.record(event).await?;
            }
            let mode = modes::spec(started.mode);
            let (ledger, questions, parts) = (&mut ledger, &mut questions, &parts);
            let (provider, cancel) = (Arc::clone(&parts.provider), cancel.clone());
            let unredacted = Vec::new();
            let mut turn = Turn { ledger, parts, provider, mode, questions, cancel, unredacted };
            turn.agent_began().await?;
            turn.run().await
        });
        let came_out = passing.during(AssertUnwindSafe(turn).catch_unwind()).await;
        let stopped = passing.stopped.unwrap_or(EndReason::Interrupted);
        let ended = passing.during(ended(&mut ledger, came_out, stopped)).await;
        let reason = match ended {
            Some(Ok(reason)) => reason,
            Some(Err(error)) => {
                tracing::warn!(%error, "the log of a sub-agent");
                EndReason::Error
            }
            None => EndReason::Interrupted,
        };
        let end = end(&ledger, reason);
        let budget = &ledger.state().budget;
        SubagentReturned {
            call: started.call.clone(),
            opened: started.opened.clone(),
            reason,
            text: end.text(&started),
            steps: budget.turn_steps,
            usage: budget.total,
            cost_usd: cost(budget),
            millis: millis(began),
            foreign: ledger.state().taint.source.clone(),
        }
    }

    async fn tell(&self, delta: Delta) {
        if self.updates.send(Update::Delta(delta)).await.is_err() {
            tracing::debug!("the front end is gone");
        }
    }
}

/// Records the end of the turn, however it came.
async fn ended(ledger: &mut Ledger, outcome: Outcome, stopped: EndReason) -> Result<EndReason, LedgerError> {
    let reason = match outcome {
        Some(Ok(Ok(reason))) => reason,
        Some(Ok(Err(error))) => broken_off(ledger, error, stopped).await?,
        Some(Err(panic)) => {
            ledger.record(crashed(panic.as_ref())).await?;
            EndReason::Error
        }
        None => stopped,
    };
    end_turn(ledger, reason).await?;
    Ok(reason)
}

fn crashed(panic: &(dyn Any + Send)) -> Failed {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Failed {
        kind: "crashed".to_owned(),
        message: format!("the sub-agent crashed: {}", said.unwrap_or("it did not say why")),
        next_step: "This is a fault of headwater; the session goes on without it.".to_owned(),
    }
}

/// What the log says of the end.
fn end(ledger: &Ledger, reason: EndReason) -> End {
    let failure = ledger.records().iter().rev().find_map(|record| {
        if let Event::Failed(failed) = &record.event { Some(failed.message.clone()) } else { None }
    });
    let state = ledger.state();
    let gaps = || {
        let gaps = state.contract.gaps.iter().map(|gap| format!("{}: {}", gap.id, gap.found));
        Some(gaps.collect::<Vec<_>>().join("; ")).filter(|gaps| !gaps.is_empty())
    };
    // What one that is not done said between its calls is all there is of it.
    let last_words = || {
        let said = ledger.records().iter().rev().filter_map(|record| {
            if let Event::AssistantMessage(said) = &record.event { Some(said.text.trim()) } else { None }
        });
        said.filter(|text| !text.is_empty()).map(str::to_owned).next().unwrap_or_default()
    };
    let is_done = reason == EndReason::Done;
    End {
        reason,
        words: if is_done { state.conversation.last_answer() } else { last_words() },
        failure: failure.or_else(gaps).filter(|_| !is_done),
        denied: state.approvals.denied_unattended,
    }
}

/// What it cost, as far as known; absent when nothing is.
fn cost(budget: &Budget) -> Option<Usd> {
    let is_known = !budget.is_cost_partial || budget.cost.0 > 0.0;
    is_known.then_some(budget.cost)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
