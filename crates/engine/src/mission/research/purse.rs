//! What research may take, and the one way by which it asks: calls, money and time run out here.
//!
//! *Invariants:* no question goes out beyond the number of calls; a deadline cancels what is out and keeps what came
//! back.

use std::time::Duration;

use headwater_protocol::card::Tier;
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch, QueryResult};
use headwater_protocol::{Cancel, Usd};
use tokio::time::{Instant, sleep_until};

use crate::children::Pool;

/// What research may take (RECURSIVE §7.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResearchBudget {
    /// Calls of the child model.
    pub cheap: u32,
    /// Calls of the session's own model.
    pub strong: u32,
    /// Levels of closeness.
    pub levels: u8,
    /// Time.
    pub time: Duration,
    /// Money.
    pub cost: Usd,
}

impl Default for ResearchBudget {
    fn default() -> Self {
        Self { cheap: 24, strong: 2, levels: 3, time: Duration::from_mins(2), cost: Usd(0.05) }
    }
}

/// What is left of it.
pub struct Purse<'a> {
    pool: &'a Pool,
    budget: ResearchBudget,
    deadline: Instant,
    cancel: Cancel,
    cheap: u32,
    strong: u32,
    cost: Usd,
    /// Why the last question without an answer has none.
    last_error: Option<String>,
}

impl<'a> Purse<'a> {
    /// A full purse; the time counts from now.
    pub fn new(pool: &'a Pool, budget: ResearchBudget, cancel: Cancel) -> Self {
        let deadline = Instant::now() + budget.time;
        Self { pool, budget, deadline, cancel, cheap: 0, strong: 0, cost: Usd(0.0), last_error: None }
    }

    /// Asks a batch of one tier. The answers stand in the order of the questions; a question that failed, or for
    /// which there was no call left, has none. The error is a sentence: nothing was asked.
    pub(crate) async fn ask(&mut self, mut queries: Vec<ChildQuery>) -> Result<Vec<Option<String>>, String> {
        let wanted = queries.len();
        let tier = queries.first().map(|query| query.tier).unwrap_or_default();
        let room = self.room(tier)?;
        queries.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        let count = u32::try_from(queries.len()).unwrap_or(u32::MAX);
        let batch = QueryBatch { cell: 0, kind: ChildKind::Probe, queries };
        let results = self.until_deadline(batch).await?;
        match tier {
            Tier::Cheap => self.cheap += count,
            Tier::Strong => self.strong += count,
        }
        let mut answers: Vec<Option<String>> =
            results.into_iter().map(|result| self.account_for(result)).collect();
        answers.resize(wanted, None);
        Ok(answers)
    }

    /// Asks one question; `None` when there is no answer.
    pub(crate) async fn ask_one(&mut self, query: ChildQuery) -> Option<String> {
        match self.ask(vec![query]).await {
            Ok(answers) => answers.into_iter().next().flatten(),
            Err(why) => {
                self.last_error = Some(why);
                None
            }
        }
    }

    fn room(&self, tier: Tier) -> Result<u32, String> {
        if self.cancel.is_cancelled() {
            return Err("It was interrupted.".to_owned());
        }
        if Instant::now() >= self.deadline {
            return Err("The time for research is up.".to_owned());
        }
        if self.cost.0 >= self.budget.cost.0 {
            return Err("The money for research is spent.".to_owned());
        }
        let room = match tier {
            Tier::Cheap => self.cheap_left(),
            Tier::Strong => self.strong_left(),
        };
        if room == 0 { Err("The calls for research are used up.".to_owned()) } else { Ok(room) }
    }

    async fn until_deadline(&self, batch: QueryBatch) -> Result<Vec<QueryResult>, String> {
        let cancel = self.cancel.child();
        let mut asked = std::pin::pin!(self.pool.ask(batch, &cancel));
        tokio::select! {
            biased;
            results = &mut asked => return results,
            () = sleep_until(self.deadline) => cancel.cancel(),
        }
        asked.await
    }

    fn account_for(&mut self, result: QueryResult) -> Option<String> {
        self.cost += result.cost.unwrap_or_default();
        if result.error.is_some() {
            self.last_error = result.error;
            return None;
        }
        Some(result.text)
    }

    /// Why nobody answers, in one sentence.
    pub(crate) fn silence(&self) -> String {
        let why = self.last_error.as_deref().unwrap_or("no reason was given");
        format!("No model answered: {why}")
    }

    /// Calls of the child model that are left.
    pub(crate) fn cheap_left(&self) -> u32 {
        self.budget.cheap.saturating_sub(self.cheap)
    }

    /// Calls of the session's own model that are left.
    pub(crate) fn strong_left(&self) -> u32 {
        self.budget.strong.saturating_sub(self.strong)
    }

    /// Calls made, of the cheap and of the strong model.
    pub(crate) fn calls(&self) -> (u32, u32) {
        (self.cheap, self.strong)
    }

    /// What was paid, as far as known.
    pub(crate) fn cost(&self) -> Usd {
        self.cost
    }
}
