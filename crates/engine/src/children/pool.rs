//! The pool: batches of questions in, results in their order out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headwater_protocol::card::Tier;
use headwater_protocol::repl::{BudgetReport, ChildKind, QueryBatch, QueryResult};
use headwater_protocol::{Cancel, ChildId, Corpus, Provider, Usage, Usd};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::account::Account;
use super::journal::{Journal, JournalEntry};
use super::memo::Memo;
use super::meter::Meter;
use super::nested::{AT_ONCE, Recursion, SharedRecursion};
use super::question::{Fate, Question, Sorted, sort};
use super::width::Widths;
use super::{child, nested};
use crate::standing_in::StandIns;

/// What the pools of a mission share.
#[derive(Clone, Debug)]
pub struct Kin {
    /// What may be taken.
    pub account: Account,
    /// How many requests may be out at each vendor.
    pub widths: Widths,
    /// What front ends are told.
    pub meter: Meter,
    /// What is answered already.
    pub memo: Memo,
    /// Who answers for a model that fails for now.
    pub stand_ins: StandIns,
}

/// What a pool is made of.
pub struct PoolSetup {
    /// The child model.
    pub cheap: Arc<dyn Provider>,
    /// The session's own model.
    pub strong: Arc<dyn Provider>,
    /// What prompts refer to.
    pub corpus: Corpus,
    /// What it shares with other pools of the mission.
    pub kin: Kin,
    /// Where events become records.
    pub journal: mpsc::Sender<JournalEntry>,
    /// How many children the session's log has.
    pub children: usize,
    /// Levels of its children below the mission's root, from 1.
    pub depth: u32,
    /// Who runs recursive children; without it they are asked as plain ones.
    pub recursion: Option<Arc<dyn Recursion>>,
}

/// The children of one session. Clones share it; every method may be called many times at once.
#[derive(Clone)]
pub struct Pool {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    cheap: Arc<dyn Provider>,
    strong: Arc<dyn Provider>,
    pub(super) corpus: Corpus,
    pub(super) kin: Kin,
    pub(super) journal: Journal,
    pub(super) depth: u32,
    pub(super) recursion: Option<SharedRecursion>,
    /// Places for recursive children.
    pub(super) recursive: Semaphore,
    /// How long a call takes.
    pub(super) pace: Pace,
    /// The number of the newest child.
    newest: AtomicU64,
    /// How each child that is asked now is cancelled.
    asked: Mutex<HashMap<ChildId, Cancel>>,
}

impl Pool {
    /// A pool without children yet.
    pub fn new(setup: PoolSetup) -> Self {
        let shared = Shared {
            cheap: setup.cheap,
            strong: setup.strong,
            corpus: setup.corpus,
            kin: setup.kin,
            journal: Journal::new(setup.journal),
            depth: setup.depth,
            recursion: setup.recursion,
            recursive: Semaphore::new(AT_ONCE),
            pace: Pace::default(),
            newest: AtomicU64::new(setup.children as u64),
            asked: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Asks a batch. The results stand in the order of the queries; a query without an answer has an error in its
    /// result, and the others keep theirs. The error refuses the whole batch before its first call: it has more new
    /// questions than calls are left. When `cancel` is cancelled, or the future dropped, what has come back is in the
    /// log, and what is out is cancelled.
    pub async fn ask(&self, batch: QueryBatch, cancel: &Cancel) -> Result<Vec<QueryResult>, String> {
        let Sorted { fates, questions } = sort(&self.shared, batch);
        self.take_calls(questions.len())?;
        let guard = CancelOnDrop(cancel.child());
        let tasks: Vec<JoinHandle<QueryResult>> =
            questions.into_iter().map(|question| self.spawn(question, &guard.0)).collect();
        let mut answers = Vec::with_capacity(tasks.len());
        for task in tasks {
            answers.push(task.await.unwrap_or_else(|error| failed(format!("the call broke off: {error}"))));
        }
        Ok(fates.into_iter().map(|fate| result(fate, &answers)).collect())
    }

    /// What is used and what is left.
    pub fn budget(&self) -> BudgetReport {
        self.shared.kin.account.report()
    }

    /// Cancels one child; false when it is not asked now.
    pub fn cancel_child(&self, child: &ChildId) -> bool {
        let cancel = self.shared.asked().get(child).cloned();
        cancel.inspect(Cancel::cancel).is_some()
    }

    /// What prompts refer to.
    pub fn corpus(&self) -> &Corpus {
        &self.shared.corpus
    }

    /// The model of a tier.
    pub fn provider(&self, tier: Tier) -> Arc<dyn Provider> {
        self.shared.provider(tier)
    }

    /// How many requests may be out at once to the model of a tier.
    pub fn width(&self, tier: Tier) -> usize {
        self.shared.kin.widths.of(self.provider(tier).vendor()).now()
    }

    /// How long a call takes, as far as seen; `None` before the first answer.
    pub fn pace(&self) -> Option<Duration> {
        self.shared.pace.mean()
    }

    fn take_calls(&self, count: usize) -> Result<(), String> {
        let wanted = u32::try_from(count).unwrap_or(u32::MAX);
        self.shared.kin.account.take_calls(wanted).map_err(|left| {
            format!(
                "this batch has {count} new questions and {left} calls are left: filter first, or ask fewer and larger \
                 ones; nothing was asked"
            )
        })
    }

    /// A task of its own for each child: whoever waits for it may go away, and its last record is written all the
    /// same.
    fn spawn(&self, question: Question, cancel: &Cancel) -> JoinHandle<QueryResult> {
        let number = self.shared.newest.fetch_add(1, Ordering::SeqCst) + 1;
        let child = ChildId::new(format!("c{number}"));
        let cancel = cancel.child();
        self.shared.asked().insert(child.clone(), cancel.clone());
        let pool = self.clone();
        tokio::spawn(async move {
            let _listed = Listed { pool: pool.clone(), child: child.clone() };
            match question.kind {
                ChildKind::Rlm => nested::ask(pool, child, question, cancel).await,
                ChildKind::Llm | ChildKind::Probe | ChildKind::Plan => {
                    child::ask(pool, child, question, cancel).await
                }
            }
        })
    }
}

impl Shared {
    pub(super) fn provider(&self, tier: Tier) -> Arc<dyn Provider> {
        match tier {
            Tier::Cheap => Arc::clone(&self.cheap),
            Tier::Strong => Arc::clone(&self.strong),
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<ChildId, Cancel>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of one query. Who asks what another query of the batch asks has the answer for nothing.
fn result(fate: Fate, answers: &[QueryResult]) -> QueryResult {
    let (place, is_first) = match fate {
        Fate::Settled(result) => return *result,
        Fate::Asked(place, is_first) => (place, is_first),
    };
    let Some(answer) = answers.get(place).cloned() else {
        return failed("the call was lost".to_owned());
    };
    if is_first || answer.error.is_some() {
        return answer;
    }
    QueryResult { is_cached: true, cost: Some(Usd(0.0)), usage: Usage::default(), ..answer }
}

fn failed(why: String) -> QueryResult {
    QueryResult { error: Some(why), ..QueryResult::default() }
}

/// Cancels when dropped: a batch that nobody waits for any more.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A child that can be cancelled while this lives.
struct Listed {
    pool: Pool,
    child: ChildId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.pool.shared.asked().remove(&self.child);
    }
}

/// How long a call takes: a mean in which newer calls weigh more. In microseconds; 0 before the first.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    pub(super) fn learn(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let mean = self.0.load(Ordering::Relaxed);
        let mean = if mean == 0 { took } else { (mean.saturating_mul(7).saturating_add(took)) / 8 };
        // Two calls that learn at once lose one of them: it is a mean.
        self.0.store(mean, Ordering::Relaxed);
    }

    fn mean(&self) -> Option<Duration> {
        let mean = self.0.load(Ordering::Relaxed);
        (mean > 0).then(|| Duration::from_micros(mean))
    }
}
