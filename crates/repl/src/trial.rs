//! A block that is run to see whether blocks can run here.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::corpus::Corpus;
use headwater_protocol::repl::{
    BudgetReport, CellRequest, PlanRequest, QueryBatch, QueryResult, ReplHost, ReplLimits, ReplOpening,
    ToolAnswer,
};
use headwater_sandbox::Probe;
use serde_json::{Value, json};

use crate::repl::python_repl;

/// Runs a Python block, contained with what `probe` found; otherwise says why it did not run.
pub async fn try_python(probe: Probe) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let opening = ReplOpening {
        corpus: Corpus::default(),
        snapshot: folder.path().join("variables.json"),
        limits: ReplLimits::default(),
        seed: 0,
    };
    let opened = python_repl(Some(probe)).open(opening, Arc::new(Nobody)).await;
    let mut interpreter = opened.map_err(|error| error.to_string())?;
    let request = CellRequest { cell: 1, code: "FINAL(sum(range(10)))".to_owned() };
    let outcome = interpreter.run(request, Cancel::new()).await.map_err(|error| error.to_string())?;
    if outcome.answer == Some(json!(45)) {
        return Ok(());
    }
    Err(outcome.error.map_or_else(|| "a block went wrong".to_owned(), |error| error.message))
}

/// Answers the block of a trial, which asks nothing.
struct Nobody;

fn refused<T: Send + 'static>() -> BoxFuture<'static, Result<T, String>> {
    std::future::ready(Err("nobody is asked in a trial".to_owned())).boxed()
}

impl ReplHost for Nobody {
    fn query(&self, _batch: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>> {
        refused()
    }

    fn tool(&self, _name: String, _input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        refused()
    }

    fn plan(&self, _request: PlanRequest) -> BoxFuture<'static, Result<Value, String>> {
        refused()
    }

    fn budget(&self) -> BudgetReport {
        BudgetReport::default()
    }
}
