//! While a sub-agent works: what it tells is passed on, its time runs, and what it spends is taken out of the purse.

use std::time::Duration;

use headwater_protocol::events::{RuleAdded, SubagentStarted};
use headwater_protocol::{ApprovalScope, Cancel, Delta, EndReason, Event, Record, SessionId, Update};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::purse::Purse;
use crate::children::Journal;

/// How long it may take to end by itself once it was cancelled; its tools have a shorter time.
const CANCEL_GRACE: Duration = Duration::from_secs(3);

/// The way of a sub-agent's records to the front end, and what is looked after on the way.
pub(super) struct Passing {
    pub(super) session: SessionId,
    pub(super) agent: String,
    pub(super) told: mpsc::Receiver<Update>,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) journal: Journal,
    pub(super) purse: Purse,
    pub(super) cancel: Cancel,
    time: Time,
    /// Why it was cancelled from here.
    pub(super) stopped: Option<EndReason>,
}

/// The time that is left, waiting for the person not counted.
enum Time {
    Running { until: Instant },
    Waiting { left: Duration },
}

/// What a sub-agent is looked after with.
pub(super) struct Looking {
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) journal: Journal,
    pub(super) purse: Purse,
    pub(super) cancel: Cancel,
    pub(super) max_time: Duration,
}

impl Passing {
    pub(super) fn new(started: &SubagentStarted, told: mpsc::Receiver<Update>, looking: Looking) -> Self {
        let Looking { updates, journal, purse, cancel, max_time } = looking;
        Self {
            session: started.opened.clone(),
            agent: started.agent.clone(),
            told,
            updates,
            journal,
            purse,
            cancel,
            time: Time::Running { until: Instant::now() + max_time },
            stopped: None,
        }
    }

    /// Runs `work` to its end and passes on what it tells meanwhile; `None` when it did not end after a cancel.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        let cancel = self.cancel.clone();
        let purse = self.purse.clone();
        let mut given_up = std::pin::pin!(async {
            cancel.cancelled().await;
            tokio::time::sleep(CANCEL_GRACE).await;
        });
        let outcome = loop {
            let is_running = self.stopped.is_none();
            let until = self.deadline();
            tokio::select! {
                biased;
                Some(update) = self.told.recv() => self.pass(update).await,
                outcome = &mut work => break Some(outcome),
                () = purse.emptied(), if is_running => self.stop(EndReason::MaxCost),
                () = sleep_until(until), if is_running => self.stop(EndReason::MaxTime),
                () = &mut given_up => break None,
            }
        };
        while let Ok(update) = self.told.try_recv() {
            self.pass(update).await;
        }
        outcome
    }

    fn stop(&mut self, reason: EndReason) {
        self.stopped = Some(reason);
        self.cancel.cancel();
    }

    fn deadline(&self) -> Option<Instant> {
        match self.time {
            Time::Running { until } => Some(until),
            Time::Waiting { .. } => None,
        }
    }

    async fn pass(&mut self, update: Update) {
        match update {
            Update::Record(record) => {
                self.look_at(&record).await;
                self.tell(Update::Record(record)).await;
            }
            Update::Delta(delta) => {
                if let Some(delta) = self.shown(delta) {
                    self.tell(Update::Delta(delta)).await;
                }
            }
            // A ledger tells neither.
            Update::Answer(_) | Update::Closed => {}
        }
    }

    /// What passes and matters beside everything else that goes on: not the words, which become the report.
    fn shown(&self, delta: Delta) -> Option<Delta> {
        let within = |delta| Some(Delta::Within { session: self.session.clone(), delta: Box::new(delta) });
        match delta {
            Delta::Notice { text } => Some(Delta::Notice { text: format!("{}: {text}", self.agent) }),
            delta @ (Delta::ToolStarted { .. } | Delta::Waiting { .. }) => within(delta),
            Delta::Text { .. }
            | Delta::Thinking { .. }
            | Delta::CallProgress { .. }
            | Delta::ToolOutput { .. }
            | Delta::Queued { .. }
            | Delta::ModePending { .. }
            | Delta::Research { .. }
            | Delta::Drawn { .. }
            | Delta::Children { .. }
            | Delta::Within { .. } => None,
        }
    }

    async fn look_at(&mut self, record: &Record) {
        if let Event::UsageReported(report) = &record.event {
            self.purse.pay(report.cost_usd.unwrap_or_default());
        } else if let Event::ApprovalRequested(_) = &record.event {
            if let Time::Running { until } = self.time {
                self.time = Time::Waiting { left: until.saturating_duration_since(Instant::now()) };
            }
        } else if let Event::ApprovalGiven(given) = &record.event {
            if let Time::Waiting { left } = self.time {
                self.time = Time::Running { until: Instant::now() + left };
            }
            self.pass_on(&given.rules, given.scope).await;
        } else if let Event::RuleAdded(added) = &record.event {
            self.pass_on(std::slice::from_ref(&added.rule), added.scope).await;
        }
    }

    /// What holds for the whole session stands in the log of that, too.
    async fn pass_on(&self, rules: &[String], scope: ApprovalScope) {
        for rule in rules.iter().filter(|_| scope == ApprovalScope::Session) {
            if self.journal.record(RuleAdded { rule: rule.clone(), scope }).await.is_err() {
                tracing::debug!("the session above takes no more records");
            }
        }
    }

    async fn tell(&self, update: Update) {
        if self.updates.send(update).await.is_err() {
            tracing::debug!("the front end is gone");
        }
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
