//! One recursive completion as a session: it begins with a question, or goes on where a log ends.

use std::path::PathBuf;
use std::sync::Arc;

use headwater_context::{Thresholds, root_question};
use headwater_protocol::events::{Failed, SessionResumed, TurnEnded, TurnStarted, UserMessage};
use headwater_protocol::repl::ReplLimits;
use headwater_protocol::{
    Cancel, Corpus, Delta, EndReason, MissionBudget, ModeId, Op, Provider, Record, Repl, SessionId, Update,
};
use tokio::sync::mpsc;

use super::family::{Family, Log};
use super::root::Ending;
use super::run::{Bearing, run_root};
use crate::children::{Pool, StandIns, WidthLimits, Widths};
use crate::clock;
use crate::corpus::{ContextError, ContextStore};
use crate::ledger::LedgerError;
use crate::repairs::{self, Moment};
use crate::sessions::{SessionKind, SessionStore, StoreError, resumable, salvage};
use crate::setup::{Fallback, Running};
use crate::turn::TurnError;

/// Updates that may wait for a slow front end.
const UPDATES: usize = 4_096;
/// Ops that may wait.
const OPS: usize = 64;

/// Everything a recursive completion is made of.
pub struct CompletionSetup {
    /// Where sessions and contexts are kept.
    pub store: SessionStore,
    /// A new one or an old one.
    pub start: CompletionStart,
    /// The directory it is started in; nothing in it is read or written.
    pub workspace: PathBuf,
    /// The root's model.
    pub root: Arc<dyn Provider>,
    /// The model of its children.
    pub child: Arc<dyn Provider>,
    /// Who stands in for either of them while it fails.
    pub fallback: Option<Fallback>,
    /// The interpreter of its blocks.
    pub repl: Arc<dyn Repl>,
    /// What it may take.
    pub budget: MissionBudget,
    /// How many children may be asked at once to begin with.
    pub parallel: usize,
    /// What a block may take.
    pub limits: ReplLimits,
    /// How full the window of a root may get.
    pub thresholds: Thresholds,
    /// The seed of everything random.
    pub seed: u64,
    /// The version of the program, for the log.
    pub version: &'static str,
}

/// How a completion comes to be.
pub enum CompletionStart {
    /// A new one over this context.
    New(Corpus),
    /// One that exists.
    Resume(SessionId),
}

/// Why a completion cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The context of an old one is gone.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The session is none of a completion.
    #[error("session {0} is no recursive completion; `headwater resume {0}` carries it on")]
    NoCompletion(SessionId),
    /// There is nothing to go on with.
    #[error("session {0} has come to its end; ask anew with --context")]
    Ended(SessionId),
}

/// Starts a completion in a task of the current tokio runtime. A new one takes the first submitted message as its
/// question; an old one goes on at once.
pub fn complete(setup: CompletionSetup) -> Result<Running, CompletionError> {
    let (ops, ops_in) = mpsc::channel(OPS);
    let (updates, updates_out) = mpsc::channel(UPDATES);
    let widths = Widths::new(WidthLimits { start: setup.parallel.max(1), ..WidthLimits::default() });
    let family = Arc::new(Family {
        store: setup.store,
        workspace: setup.workspace,
        strong: setup.root,
        cheap: setup.child,
        repl: setup.repl,
        widths,
        limits: setup.limits,
        thresholds: setup.thresholds,
        seed: setup.seed,
        version: setup.version,
        stand_ins: StandIns::new(setup.fallback),
        updates: updates.clone(),
    });
    let (log, beginning) = match setup.start {
        CompletionStart::New(corpus) => {
            (family.fresh(None)?, Beginning::New { corpus, budget: setup.budget })
        }
        CompletionStart::Resume(session) => resume(&family, session, setup.budget)?,
    };
    let session = log.session.clone();
    let finished = tokio::spawn(async move {
        let Log { mut ledger, lock, .. } = log;
        let mut actor = Actor { family, ops: ops_in };
        if let Err(error) = actor.run(&mut ledger, beginning).await {
            ledger.tell_end(&error).await;
        }
        drop(ledger);
        drop(lock);
        if updates.send(Update::Closed).await.is_err() {
            tracing::debug!("the front end left first");
        }
    });
    Ok(Running { session, ops, updates: updates_out, finished })
}

/// Where a completion begins.
enum Beginning {
    New { corpus: Corpus, budget: MissionBudget },
    Old { records: Vec<Record>, corpus: Corpus, budget: MissionBudget },
}

fn resume(
    family: &Family,
    session: SessionId,
    budget: MissionBudget,
) -> Result<(Log, Beginning), CompletionError> {
    let lock = family.store.lock(&session)?;
    let loaded = family.store.load(&session)?;
    if let SessionKind::Part(parent) = resumable::kind(&loaded) {
        return Err(StoreError::Part { id: session, parent }.into());
    }
    let state: headwater_protocol::views::MissionView = headwater_protocol::views::fold(&loaded.records);
    let Some(started) = state.started else { return Err(CompletionError::NoCompletion(session)) };
    // An answer that was accepted in the last moment of a process is told by the next one.
    let is_over = loaded
        .records
        .iter()
        .any(|record| matches!(&record.event, headwater_protocol::Event::TurnEnded(ended) if ended.reason == EndReason::Done));
    if is_over {
        return Err(CompletionError::Ended(session));
    }
    let corpus = ContextStore::new(family.state()).recall(&started.corpus)?;
    let records = if loaded.is_damaged() {
        let path = family.store.transcript(&session);
        let start = || family.session_started(family.strong.as_ref());
        salvage(&path, loaded, &session, start, clock::system())?.records
    } else {
        loaded.records
    };
    let parent = records.first().and_then(|record| record.parent.clone());
    let ledger = family.ledger(&session, parent)?;
    Ok((Log { ledger, lock, session }, Beginning::Old { records, corpus, budget }))
}

/// Takes ops while the completion runs.
struct Actor {
    family: Arc<Family>,
    ops: mpsc::Receiver<Op>,
}

impl Actor {
    async fn run(
        &mut self,
        ledger: &mut crate::ledger::Ledger,
        beginning: Beginning,
    ) -> Result<(), LedgerError> {
        let (corpus, budget) = match beginning {
            Beginning::New { corpus, budget } => {
                let Some(question) = self.question().await else { return Ok(()) };
                let started = self.family.session_started(self.family.strong.as_ref());
                ledger.record(started).await?;
                ledger.record(self.family.mission_started(&question, &corpus, budget, 0)).await?;
                let text = root_question(&question, &corpus, budget);
                ledger.record(UserMessage { text }).await?;
                (corpus, budget)
            }
            Beginning::Old { records, corpus, budget } => {
                ledger.recall(records).await?;
                ledger.record(SessionResumed { version: self.family.version.to_owned() }).await?;
                mend(ledger).await?;
                (corpus, budget)
            }
        };
        let turn = ledger.state().phase.turn + 1;
        ledger.record(TurnStarted { turn, mode: ModeId::Recursive }).await?;
        ledger.commit();
        let bearing = Bearing::top(Arc::clone(&self.family), corpus, budget, ledger);
        self.conduct(ledger, bearing).await
    }

    /// The first message; `None` when the front end goes away before it.
    async fn question(&mut self) -> Option<String> {
        loop {
            match self.ops.recv().await? {
                Op::Submit { text } => return Some(text),
                Op::Shutdown => return None,
                Op::Unqueue
                | Op::RunShell { .. }
                | Op::Compact { .. }
                | Op::Interrupt
                | Op::SetMode(_)
                | Op::SetModel { .. }
                | Op::SetTitle { .. }
                | Op::Approve { .. }
                | Op::AnswerQuestion { .. }
                | Op::DecideMission(_)
                | Op::UndoMission
                | Op::Rewind { .. }
                | Op::Redo
                | Op::Fork { .. }
                | Op::DeclareContract(_)
                | Op::AcceptUncertainties { .. }
                | Op::CancelSubagent { .. }
                | Op::ApproveHooks { .. }
                | Op::SteerServer { .. }
                | Op::CancelChild { .. }
                | Op::RevokeRule { .. }
                | Op::Query(_) => tracing::debug!("not before there is a question"),
            }
        }
    }

    async fn conduct(
        &mut self,
        ledger: &mut crate::ledger::Ledger,
        bearing: Bearing,
    ) -> Result<(), LedgerError> {
        let cancel = Cancel::new();
        let pool = bearing.pool.clone();
        let work = run_root(ledger, bearing, cancel.clone());
        let (outcome, cancelled_as) = self.steer(&pool, &cancel, work).await;
        end(ledger, outcome, cancelled_as).await
    }

    /// Runs `work` to its end and takes ops meanwhile; also says what an interruption was.
    async fn steer<T>(
        &mut self,
        pool: &Pool,
        cancel: &Cancel,
        work: impl Future<Output = T>,
    ) -> (T, EndReason) {
        let mut work = std::pin::pin!(work);
        let mut cancelled_as = EndReason::Interrupted;
        let mut is_open = true;
        loop {
            tokio::select! {
                outcome = &mut work => return (outcome, cancelled_as),
                op = self.ops.recv(), if is_open => match op {
                    Some(Op::Interrupt) => cancel.cancel(),
                    Some(Op::CancelChild { child, .. }) => cancel_child(pool, &child),
                    Some(Op::Shutdown) | None => {
                        is_open = false;
                        cancelled_as = EndReason::Terminated;
                        cancel.cancel();
                    }
                    Some(
                        Op::Submit { .. }
                        | Op::Unqueue
                        | Op::RunShell { .. }
                        | Op::Compact { .. }
                        | Op::SetMode(_)
                        | Op::SetModel { .. }
                        | Op::SetTitle { .. }
                        | Op::Approve { .. }
                        | Op::AnswerQuestion { .. }
                        | Op::DecideMission(_)
                        | Op::UndoMission
                        | Op::Rewind { .. }
                        | Op::Redo
                        | Op::Fork { .. }
                        | Op::DeclareContract(_)
                        | Op::AcceptUncertainties { .. }
                        | Op::CancelSubagent { .. }
                        | Op::ApproveHooks { .. }
                        | Op::SteerServer { .. }
                        | Op::RevokeRule { .. }
                        | Op::Query(_),
                    ) => tracing::debug!("a completion has nothing of the kind"),
                },
            }
        }
    }
}

fn cancel_child(pool: &Pool, child: &headwater_protocol::ChildId) {
    if !pool.cancel_child(child) {
        tracing::debug!(%child, "it is not asked any more");
    }
}

/// Mends what a process that was cut off left open.
pub(crate) async fn mend(ledger: &mut crate::ledger::Ledger) -> Result<(), LedgerError> {
    loop {
        let events = repairs::next(ledger.state(), Moment::Load);
        if events.is_empty() {
            return Ok(());
        }
        for event in events {
            ledger.record(event).await?;
        }
    }
}

/// Records how it ended.
pub(crate) async fn end(
    ledger: &mut crate::ledger::Ledger,
    outcome: Result<Ending, TurnError>,
    cancelled_as: EndReason,
) -> Result<(), LedgerError> {
    let ending = match outcome {
        Ok(ending) => ending,
        Err(TurnError::Interrupted) => {
            Ending { reason: cancelled_as, text: cancelled_as.what_now().to_owned() }
        }
        Err(TurnError::Ledger(error)) => return Err(error),
        Err(TurnError::Provider(error)) => {
            let failed = Failed {
                kind: error.kind().to_owned(),
                message: error.to_string(),
                next_step: error.next_step().to_owned(),
            };
            let text = failed.message.clone();
            ledger.record(failed).await?;
            Ending { reason: EndReason::ProviderFailed, text }
        }
        Err(TurnError::Repl(error)) => {
            ledger.tell_delta(Delta::Notice { text: error.to_string() }).await;
            let failed = Failed {
                kind: "interpreter".to_owned(),
                message: error.to_string(),
                next_step: "Run `headwater doctor`, then resume the session.".to_owned(),
            };
            let text = failed.message.clone();
            ledger.record(failed).await?;
            Ending { reason: EndReason::Error, text }
        }
    };
    let state = ledger.state();
    let ended = TurnEnded {
        turn: state.phase.turn,
        reason: ending.reason,
        text: if ending.text.is_empty() { ending.reason.what_now().to_owned() } else { ending.text },
        denied: 0,
        steps: state.budget.turn_steps,
    };
    ledger.record(ended).await?;
    ledger.commit();
    Ok(())
}
