//! Runs the directives of a block one after the other, to the first that fails or gives the answer.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::{CellError, CellOutcome, ReplError, ReplLimits};
use serde_json::Value;

use super::calls;
use super::evaluation::Reader;
use super::js::{JsEnding, JsRequest, JsStop, LARGEST_GIVEN, Workshop, mentioned};
use super::nearness::unknown_variable;
use super::printed::Printed;
use super::scope::Scope;
use super::syntax::{Act, Base, Code, Directive, Expression};
use crate::session::Desk;

/// What directives work with.
pub(super) struct Tools<'a> {
    pub(super) scope: &'a mut Scope,
    pub(super) desk: &'a Desk,
    pub(super) workshop: &'a mut Workshop,
    pub(super) limits: ReplLimits,
    pub(super) seed: u64,
    pub(super) cancel: &'a Cancel,
}

/// Directives on their way.
pub(super) struct Runner<'a> {
    pub(super) tools: Tools<'a>,
    pub(super) cell: u32,
    pub(super) hints: Vec<String>,
    printed: Printed,
    changed: Vec<String>,
    began: Instant,
    waited: Duration,
    answer: Option<Value>,
}

/// Why a directive did not end well.
pub(super) enum Stop {
    /// It failed; one sentence without a full stop.
    Failed(String),
    /// The interpreter is gone.
    Lost(ReplError),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<ReplError> for Stop {
    fn from(error: ReplError) -> Self {
        Self::Lost(error)
    }
}

impl<'a> Runner<'a> {
    pub(super) fn new(tools: Tools<'a>, cell: u32) -> Self {
        let printed = Printed::new(tools.limits.kept);
        Self {
            tools,
            cell,
            hints: Vec::new(),
            printed,
            changed: Vec::new(),
            began: Instant::now(),
            waited: Duration::ZERO,
            answer: None,
        }
    }

    /// Runs them; `code` is the text of the block.
    pub(super) async fn run(
        mut self,
        directives: &[Directive],
        code: &str,
    ) -> Result<CellOutcome, ReplError> {
        let mut error = None;
        for (done, directive) in directives.iter().enumerate() {
            match self.perform(directive, done).await {
                Ok(()) if self.answer.is_some() => break,
                Ok(()) => {}
                Err(Stop::Failed(why)) => {
                    error = Some(failure(&why, done, directive.line, code));
                    break;
                }
                Err(Stop::Lost(error)) => return Err(error),
            }
        }
        self.conclude(error).await
    }

    async fn conclude(mut self, error: Option<CellError>) -> Result<CellOutcome, ReplError> {
        let variables = self.tools.scope.list().await?;
        self.hints.append(&mut self.tools.scope.remarks());
        let (stdout, stdout_bytes) = self.printed.finish(self.tools.limits.shown);
        Ok(CellOutcome {
            stdout,
            stdout_bytes,
            shown: None,
            error,
            answer: self.answer,
            variables,
            changed: self.changed,
            hints: self.hints,
            ran: self.began.elapsed().saturating_sub(self.waited),
            waited: self.waited,
        })
    }

    async fn perform(&mut self, directive: &Directive, number: usize) -> Result<(), Stop> {
        let left = self.left()?;
        match &directive.act {
            Act::Let { name, value } => {
                let value = self.value(value).await?;
                self.bind(name, value).await
            }
            Act::Js { name, code } => self.run_js(name, code, number, left).await,
            Act::Query { name, kind, question } => {
                let value = calls::query(self, *kind, question).await?;
                self.bind(name, value).await
            }
            Act::Batch { name, kind, questions } => {
                let value = calls::batch(self, *kind, questions).await?;
                self.bind(name, value).await
            }
            Act::Plan { name, task, question } => {
                let value = calls::plan(self, task, question).await?;
                self.bind(name, value).await
            }
            Act::Tool { name, tool, input } => {
                let input = self.value(input).await?;
                let value = calls::tool(self, tool, input).await?;
                self.bind(name, value).await
            }
            Act::Final(value) => {
                self.answer = Some(self.value(value).await?);
                Ok(())
            }
            Act::FinalVar(name) => self.answer_variable(name).await,
        }
    }

    /// The time it may still run.
    fn left(&self) -> Result<Duration, String> {
        if self.tools.cancel.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        let ran = self.began.elapsed().saturating_sub(self.waited);
        let left = self.tools.limits.block.saturating_sub(ran);
        if left.is_zero() { Err(self.too_long()) } else { Ok(left) }
    }

    fn too_long(&self) -> String {
        format!("stopped after {} s, the most a block may run", self.tools.limits.block.as_secs_f64())
    }

    /// The variables that expressions name.
    pub(super) async fn named(
        &mut self,
        expressions: &[&Expression],
    ) -> Result<HashMap<String, Value>, Stop> {
        let names: HashSet<&str> = expressions
            .iter()
            .flat_map(|expression| expression.iter())
            .filter_map(|term| match &term.base {
                Base::Name(name) if name != "context" => Some(name.as_str()),
                Base::Name(_) | Base::Constant(_) => None,
            })
            .collect();
        let found = self.tools.scope.get_all(names.clone()).await?;
        match names.iter().find(|name| !found.contains_key(**name)) {
            Some(missing) => Err(Stop::Failed(self.unknown(missing).await?)),
            None => Ok(found),
        }
    }

    async fn unknown(&mut self, name: &str) -> Result<String, ReplError> {
        Ok(unknown_variable(name, &self.tools.scope.list().await?))
    }

    async fn value(&mut self, expression: &Expression) -> Result<Value, Stop> {
        let variables = self.named(&[expression]).await?;
        let desk = self.tools.desk;
        let reader = Reader { corpus: &desk.corpus, cache: &desk.cache, variables: &variables };
        Ok(reader.value(expression)?)
    }

    async fn bind(&mut self, name: &str, value: Value) -> Result<(), Stop> {
        self.printed.bound(name, &value);
        self.tools.scope.set(name, value).await?;
        if !self.changed.iter().any(|changed| changed == name) {
            self.changed.push(name.to_owned());
        }
        Ok(())
    }

    async fn answer_variable(&mut self, name: &str) -> Result<(), Stop> {
        match self.tools.scope.get(name).await? {
            Some(value) => {
                self.answer = Some(value);
                Ok(())
            }
            None => Err(Stop::Failed(format!("{}, so this is not an answer", self.unknown(name).await?))),
        }
    }

    /// Waits for a call; that time is not the block's own.
    pub(super) async fn wait<T>(&mut self, call: BoxFuture<'static, Result<T, String>>) -> Result<T, Stop> {
        let asked = Instant::now();
        let said = tokio::select! {
            said = call => said,
            () = self.tools.cancel.cancelled() => Err("cancelled".to_owned()),
        };
        self.waited = self.waited.saturating_add(asked.elapsed());
        Ok(said?)
    }

    async fn run_js(&mut self, name: &str, code: &Code, number: usize, left: Duration) -> Result<(), Stop> {
        let request = self.js_request(code, number).await?;
        let outcome = self.tools.workshop.run(request, left, self.tools.cancel).await;
        let outcome = outcome.map_err(|stop| self.js_stop(stop))?;
        self.printed.add(&outcome.printed, outcome.printed_bytes);
        match outcome.ending {
            JsEnding::Value(value) => self.bind(name, value).await,
            JsEnding::Answer(value) => {
                self.answer = Some(value);
                Ok(())
            }
            JsEnding::AnswerVariable(name) => self.answer_variable(&name).await,
            JsEnding::Failed(why) => Err(Stop::Failed(why)),
        }
    }

    async fn js_request(&mut self, code: &Code, number: usize) -> Result<JsRequest, Stop> {
        let listed = self.tools.scope.list().await?;
        let mut names = mentioned(&code.resolved);
        // A worker has a variable of its own behind this name and does not list it.
        names.retain(|name| *name == "answer" || listed.iter().any(|variable| variable.name == *name));
        let variables: serde_json::Map<String, Value> =
            self.tools.scope.get_all(names).await?.into_iter().collect();
        let size: usize = variables.values().map(|value| value.to_string().len()).sum();
        if size > LARGEST_GIVEN {
            return Err(Stop::Failed("js takes at most 16 MB of variables".to_owned()));
        }
        let place = u64::from(self.cell).wrapping_mul(1 << 16).wrapping_add(number as u64);
        let seed = self.tools.seed.wrapping_add(place) & u64::from(u32::MAX);
        Ok(JsRequest {
            code: code.clone(),
            corpus: self.tools.desk.corpus.clone(),
            cache: std::sync::Arc::clone(&self.tools.desk.cache),
            variables,
            seed: u32::try_from(seed).unwrap_or_default(),
            kept: self.tools.limits.kept,
        })
    }

    fn js_stop(&self, stop: JsStop) -> String {
        match stop {
            JsStop::Late => self.too_long(),
            JsStop::Cancelled => "cancelled".to_owned(),
            JsStop::Stuck => {
                "JavaScript does not react to being stopped; none can run before it ends".to_owned()
            }
            JsStop::NoThread => "no thread could be started for JavaScript".to_owned(),
        }
    }
}

/// What is said of a directive that failed.
pub(super) fn failure(why: &str, done: usize, line: u32, code: &str) -> CellError {
    let before = match done {
        0 => "directive 1 failed, nothing before it".to_owned(),
        1 => "directive 1 done, 2 failed".to_owned(),
        _ => format!("directives 1–{done} done, {} failed", done + 1),
    };
    let index = usize::try_from(line).unwrap_or_default().saturating_sub(1);
    let text: String = code.lines().nth(index).unwrap_or_default().trim().chars().take(200).collect();
    CellError { line: Some(line), message: format!("{why}\n{before}\n  line {line}: {text}") }
}
