//! What a block may ask of the world: child models, tools, plans, the budget.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::repl::{BudgetReport, PlanRequest, QueryBatch, QueryResult, ToolAnswer};
use headwater_protocol::{Cancel, ReplHost};
use serde_json::Value;

use crate::children::Pool;
use crate::plans;

/// Tools as functions of a block, each judged against a grant.
pub(crate) trait BlockTools: Send + Sync {
    /// Runs a tool, or says in one sentence why it may not run.
    fn call(&self, name: String, input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>>;

    /// Whether so many more children may be asked, or in one sentence why not. The budget is looked at elsewhere.
    fn admit(&self, _calls: u32) -> BoxFuture<'static, Result<(), String>> {
        futures_util::future::ready(Ok(())).boxed()
    }

    /// Resolves when every call has its result, those that a block waits for no longer among them.
    fn settled(&self) -> BoxFuture<'static, ()> {
        futures_util::future::ready(()).boxed()
    }
}

/// A completion without a card: it may read its context and ask children, and nothing else.
#[derive(Debug)]
pub(crate) struct NoTools;

impl BlockTools for NoTools {
    fn call(&self, name: String, _input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        let text = format!(
            "{name}(…) is not available here: this completion may read its context and ask children, nothing else"
        );
        futures_util::future::ready(Err(text)).boxed()
    }
}

/// How the calls of blocks went, as far as the account does not say. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallied {
    counts: Arc<Mutex<Counts>>,
}

/// Calls that cost nothing, and calls that brought nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) cached: u32,
    pub(crate) errors: u32,
}

impl Tallied {
    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, results: &[QueryResult]) {
        let count = |is: fn(&QueryResult) -> bool| {
            u32::try_from(results.iter().filter(|result| is(result)).count()).unwrap_or(u32::MAX)
        };
        let (cached, errors) = (count(|result| result.is_cached), count(|result| result.error.is_some()));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.cached += cached;
        counts.errors += errors;
    }
}

/// The host of the blocks of one completion.
pub(crate) struct Host {
    pub(crate) pool: Pool,
    pub(crate) tools: Arc<dyn BlockTools>,
    pub(crate) cancel: Cancel,
    pub(crate) tally: Tallied,
    /// What a plan without a question is about.
    pub(crate) question: String,
}

impl ReplHost for Host {
    fn query(&self, batch: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>> {
        let (pool, cancel, tally) = (self.pool.clone(), self.cancel.child(), self.tally.clone());
        let admitted = self.tools.admit(u32::try_from(batch.queries.len()).unwrap_or(u32::MAX));
        async move {
            admitted.await?;
            pool.ask(batch, &cancel).await.inspect(|results| tally.add(results))
        }
        .boxed()
    }

    fn tool(&self, name: String, input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        self.tools.call(name, input)
    }

    fn plan(&self, mut request: PlanRequest) -> BoxFuture<'static, Result<Value, String>> {
        if request.question.trim().is_empty() {
            request.question.clone_from(&self.question);
        }
        let (pool, cancel) = (self.pool.clone(), self.cancel.child());
        async move { plans::plan(&pool, request, &cancel).await }.boxed()
    }

    fn budget(&self) -> BudgetReport {
        self.pool.budget()
    }
}
