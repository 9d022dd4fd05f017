//! An interpreter of both dialects: Python in the worker, where there is one, and directives here, on the same variables.

use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::{
    CellError, CellOutcome, CellRequest, Interpreter, ReplError, ReplHost, ReplLimits, ReplOpening, Variable,
};
use serde_json::Value;
use std::sync::Arc;

use super::host_variables::HostVariables;
use super::js::Workshop;
use super::parser::{Dialect, begins_binding, dialect, parse};
use super::runner::{Runner, Tools};
use super::scope::Scope;
use super::syntax::Mistake;
use crate::entry::HelperCache;
use crate::session::{Desk, Session, Snapshot};

/// What runs without Python, for the model that tried it.
const INSTEAD: &str = "Until then a block holds directives, one a line: let name = \"text\" · js name = \"JavaScript over context and variables\" · \
                       llm_query name = \"words\" + name + context[0:5000] · llm_query_batched name = \"words\" + list · \
                       rlm_query name = \"words\" over context[0:90000] · plan name = aggregate \"question\" · tool name = read input · FINAL(name)";

/// An interpreter of both dialects.
pub(crate) struct Bilingual {
    scope: Scope,
    desk: Desk,
    workshop: Workshop,
    limits: ReplLimits,
    seed: u64,
    /// Why there is no Python, one sentence.
    missing: Option<String>,
}

impl Bilingual {
    /// With a worker.
    pub(crate) fn with_python(session: Session, limits: ReplLimits, seed: u64) -> Self {
        let desk = session.desk().clone();
        let scope = Scope::Worker(Box::new(session));
        Self { scope, desk, workshop: Workshop::default(), limits, seed, missing: None }
    }

    /// Without one. `missing` says what to install. Blocks the thread while it reads the snapshot.
    pub(crate) fn without_python(
        opening: ReplOpening,
        host: Arc<dyn ReplHost>,
        missing: String,
    ) -> Result<Self, ReplError> {
        let ReplOpening { corpus, snapshot, limits, seed } = opening;
        let path = snapshot.display().to_string();
        let snapshot = Snapshot::open(snapshot)
            .map_err(|error| ReplError::Start(format!("the variables in {path} cannot be read ({error})")))?;
        let scope = Scope::Host(HostVariables::open(snapshot, &corpus));
        let desk = Desk { corpus, cache: Arc::new(HelperCache::default()), host };
        Ok(Self { scope, desk, workshop: Workshop::default(), limits, seed, missing: Some(missing) })
    }

    async fn run_cell(&mut self, cell: CellRequest, cancel: Cancel) -> Result<CellOutcome, ReplError> {
        match (dialect(&cell.code), &mut self.scope) {
            (Dialect::Directives, _) | (Dialect::Both, Scope::Host(_)) => {
                self.run_directives(&cell, &cancel).await
            }
            (Dialect::Both | Dialect::Python, Scope::Worker(session)) => {
                let lines = directive_lines(&cell.code);
                let mut outcome = session.run_cell(cell, cancel).await?;
                if outcome.error.is_some() && !lines.is_empty() {
                    outcome.hints.push(format!(
                        "Line {} is a directive; a block is either directives or Python.",
                        lines.join(", ")
                    ));
                }
                Ok(outcome)
            }
            (Dialect::Python, Scope::Host(_)) => {
                let missing = self.missing.as_deref().unwrap_or_default();
                self.refuse(CellError { line: None, message: format!("{missing} {INSTEAD}") }).await
            }
        }
    }

    async fn run_directives(
        &mut self,
        cell: &CellRequest,
        cancel: &Cancel,
    ) -> Result<CellOutcome, ReplError> {
        let began = Instant::now();
        let directives = match parse(&cell.code) {
            Ok(directives) => directives,
            Err(Mistake { line, message }) => {
                let text = cell.code.lines().nth(usize::try_from(line).unwrap_or_default().saturating_sub(1));
                let text: String = text.unwrap_or_default().trim().chars().take(200).collect();
                let message = format!("{message}; nothing of the block was run\n  line {line}: {text}");
                let mut outcome = self.refuse(CellError { line: Some(line), message }).await?;
                outcome.ran = began.elapsed();
                return Ok(outcome);
            }
        };
        let tools = Tools {
            scope: &mut self.scope,
            desk: &self.desk,
            workshop: &mut self.workshop,
            limits: self.limits,
            seed: self.seed,
            cancel,
        };
        Runner::new(tools, cell.cell).run(&directives, &cell.code).await
    }

    /// The outcome of a block of which nothing was run.
    async fn refuse(&mut self, error: CellError) -> Result<CellOutcome, ReplError> {
        let variables = self.scope.list().await?;
        let hints = self.scope.remarks();
        Ok(CellOutcome { error: Some(error), variables, hints, ..CellOutcome::default() })
    }
}

/// The numbers of the lines that begin like directives.
fn directive_lines(code: &str) -> Vec<String> {
    let numbered = code.lines().enumerate().filter(|(_, line)| begins_binding(line));
    numbered.map(|(index, _)| (index + 1).to_string()).collect()
}

impl Interpreter for Bilingual {
    fn run(&mut self, cell: CellRequest, cancel: Cancel) -> BoxFuture<'_, Result<CellOutcome, ReplError>> {
        self.run_cell(cell, cancel).boxed()
    }

    fn value(&mut self, name: String) -> BoxFuture<'_, Result<Option<Value>, ReplError>> {
        async move { self.scope.get(&name).await }.boxed()
    }

    fn variables(&mut self) -> BoxFuture<'_, Result<Vec<Variable>, ReplError>> {
        self.scope.list().boxed()
    }
}
