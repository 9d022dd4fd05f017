//! λ-plans: combinators whose calls are counted before the first one is made (RECURSIVE §5).
//!
//! *Invariants:* how many calls a plan makes at most is known from the size of its text alone; a plan that would make
//! more calls than are left makes none; parts that fail leave a gap that the result names.
//!
//! What [`plan`] answers: an estimate has `task`, `tau`, `chunks`, `dropped`, `merges`, `calls` (least and most),
//! `tokens`, `cost_usd` (least and most, or null), `seconds` and `text`, one sentence; a run has `answer`, `text` (the
//! answer as text), `calls`, `cached`, `failed`, `errors`, `coverage`, `dropped`, `tokens`, `cost_usd`, `seconds` and
//! `estimate`.

mod concat;
mod cross;
mod estimate;
mod filter;
mod layout;
mod map;
mod peek;
mod reduce;
mod reducers;
mod run;
mod split;
mod stretch;
mod task;
mod wishes;

use headwater_protocol::Cancel;
use headwater_protocol::card::Estimate;
use headwater_protocol::repl::PlanRequest;
use serde_json::Value;

use self::layout::{Layout, Surroundings};
use self::stretch::Stretch;
use self::task::Task;
use self::wishes::Wishes;
use crate::children::Pool;

/// Estimates or runs a plan. The error is one sentence, and nothing was asked then.
pub async fn plan(pool: &Pool, request: PlanRequest, cancel: &Cancel) -> Result<Value, String> {
    let wishes = Wishes::read(&request.options)?;
    let stretch = Stretch::of(&request.over, pool.corpus())?;
    let desk = map::Desk { pool, cell: request.cell, cancel };
    let task = match Task::named(&request.task)? {
        Some(task) => task,
        None => match Task::guessed(&request.question) {
            Some(task) => task,
            None if request.is_run => task::ask(&desk, &request.question, &stretch).await?,
            None => Task::Aggregate,
        },
    };
    let layout = Layout::new(task, &request.question, &stretch, (&wishes, &Surroundings::of(pool, &wishes)))?;
    if request.is_run { run::run(&desk, layout).await } else { Ok(estimate::value(&layout)) }
}

/// What a plan of this task over the whole context would take, for a card.
pub fn estimate(pool: &Pool, task: &str, question: &str) -> Result<Estimate, String> {
    let wishes = Wishes::default();
    let stretch = Stretch::of(&[], pool.corpus())?;
    let task = Task::named(task)?.unwrap_or(Task::Aggregate);
    let layout = Layout::new(task, question, &stretch, (&wishes, &Surroundings::of(pool, &wishes)))?;
    Ok(layout.estimate)
}
