//! Recursive children: who runs them, and their life in the log of the session that asks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use headwater_protocol::card::Tier;
use headwater_protocol::events::{ChildReturned, ChildStarted, ChildStatus};
use headwater_protocol::repl::{ChildKind, QueryResult};
use headwater_protocol::{Cancel, ChildId, PromptPiece, SessionId, Usage, Usd};
use serde_json::Value;
use tokio::time::Instant;

use super::child::{millis, pieces};
use super::meter::Place as Counting;
use super::pool::{Kin, Pool};
use super::question::Question;

/// Recursive children of one pool at once: each has an interpreter of its own. A child's own children are counted in
/// its own pool, so that none waits for its parent.
pub(super) const AT_ONCE: usize = 8;

/// Runs recursive completions.
pub trait Recursion: Send + Sync {
    /// The name of the session that the next completion will have.
    fn session(&self) -> SessionId;

    /// Runs one to its end. When it is cancelled it ends soon, by itself, with what it has.
    fn complete(&self, request: NestedRequest) -> BoxFuture<'static, NestedAnswer>;
}

/// A recursive question.
#[derive(Clone, Debug)]
pub struct NestedRequest {
    /// Its session.
    pub session: SessionId,
    /// The question. Parts of the corpus are those of the pool's.
    pub question: Vec<PromptPiece>,
    /// What becomes the context of the completion; empty when nothing was given.
    pub about: Vec<PromptPiece>,
    /// The model of its root.
    pub tier: Tier,
    /// What the answer must look like.
    pub schema: Option<Value>,
    /// The level of its children below the mission's root: the `depth` of its pool.
    pub depth: u32,
    /// What it shares with the pool that asks, with an account of its own; its root's answers are to be charged there.
    pub kin: Kin,
    /// Ends it.
    pub cancel: Cancel,
}

/// What came of a recursive question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NestedAnswer {
    /// The answer, or what there is of it.
    pub text: String,
    /// Why there is none, in one sentence.
    pub error: Option<String>,
    /// What it consumed, its children included.
    pub usage: Usage,
    /// What that cost, when the price is known.
    pub cost: Option<Usd>,
}

/// Asks a recursive child, from its first record to its last.
pub(super) async fn ask(pool: Pool, child: ChildId, question: Question, cancel: Cancel) -> QueryResult {
    let Some(recursion) = pool.shared.recursion.clone() else {
        return not_asked(&pool, "there is no recursion here");
    };
    let waiting = pool.shared.kin.meter.count(Counting::Queued);
    // The queue is never closed.
    let _slot = tokio::select! {
        biased;
        () = cancel.cancelled() => return not_asked(&pool, "cancelled before it was asked"),
        slot = pool.shared.recursive.acquire() => slot,
    };
    drop(waiting);
    let _running = pool.shared.kin.meter.count(Counting::Running);
    let session = recursion.session();
    if let Err(closed) = pool.shared.journal.record(started(&pool, &child, &question, &session)).await {
        return not_asked(&pool, &closed.to_string());
    }
    let began = Instant::now();
    let request = request(&pool, &question, session, &cancel);
    let answer = recursion.complete(request).await;
    let answer = judged(answer, &question, &cancel);
    finish(&pool, child, &question, (answer, cancel.is_cancelled(), began.elapsed())).await
}

fn started(pool: &Pool, child: &ChildId, question: &Question, session: &SessionId) -> ChildStarted {
    ChildStarted {
        child: child.clone(),
        cell: question.cell,
        kind: ChildKind::Rlm,
        depth: pool.shared.depth,
        model: question.model(),
        prompt: pieces(&question.query),
        key: question.key.clone(),
        opened: Some(session.clone()),
    }
}

fn request(pool: &Pool, question: &Question, session: SessionId, cancel: &Cancel) -> NestedRequest {
    let kin = &pool.shared.kin;
    NestedRequest {
        session,
        question: question.query.prompt.clone(),
        about: question.query.about.clone(),
        tier: question.query.tier,
        schema: question.query.schema.clone(),
        depth: pool.shared.depth + 1,
        kin: Kin { account: kin.account.nested(question.query.max_calls), ..kin.clone() },
        cancel: cancel.clone(),
    }
}

/// An answer that had to have a shape and has none is an error; it took too much to be asked for again.
fn judged(answer: NestedAnswer, question: &Question, cancel: &Cancel) -> NestedAnswer {
    if answer.error.is_some() {
        return answer;
    }
    if cancel.is_cancelled() {
        return NestedAnswer { error: Some("cancelled".to_owned()), ..answer };
    }
    let Some(shape) = &question.shape else { return answer };
    match shape.read(&answer.text) {
        Ok(text) => NestedAnswer { text, ..answer },
        Err(why) => {
            NestedAnswer { error: Some(format!("the answer does not fit the schema: {why}")), ..answer }
        }
    }
}

async fn finish(
    pool: &Pool,
    child: ChildId,
    question: &Question,
    (answer, is_cancelled, took): (NestedAnswer, bool, Duration),
) -> QueryResult {
    let status = match (&answer.error, is_cancelled) {
        (None, _) => ChildStatus::Ok,
        (Some(_), true) => ChildStatus::Cancelled,
        (Some(_), false) => ChildStatus::Error,
    };
    let text = match &answer.error {
        Some(why) if answer.text.is_empty() => why.clone(),
        Some(_) | None => answer.text.clone(),
    };
    let returned = ChildReturned {
        child,
        status,
        text,
        usage: answer.usage,
        cost_usd: answer.cost,
        is_error: answer.error.is_some(),
        attempts: 1,
        millis: millis(took),
    };
    let written = pool.shared.journal.record(returned.clone()).await;
    pool.shared.kin.memo.keep(&question.key, returned);
    QueryResult {
        text: answer.text,
        error: answer.error.or_else(|| written.err().map(|closed| closed.to_string())),
        cost: answer.cost,
        usage: answer.usage,
        ..QueryResult::default()
    }
}

/// A result without a call: the call is given back.
pub(super) fn not_asked(pool: &Pool, why: &str) -> QueryResult {
    pool.shared.kin.account.return_calls(1);
    QueryResult { error: Some(why.to_owned()), ..QueryResult::default() }
}

/// Runs recursive completions behind a pointer.
pub(super) type SharedRecursion = Arc<dyn Recursion>;
