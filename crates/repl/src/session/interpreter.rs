//! The interpreter as the engine sees it: a worker that is there when it is needed, and variables that outlive it.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::{
    CellError, CellOutcome, CellRequest, ReplError, ReplHost, ReplOpening, Variable,
};
use headwater_sandbox::Probe;
use serde_json::{Value, json};

use super::asked::{Asked, Desk};
use super::run::{Ending, Reason, run};
use super::snapshot::Snapshot;
use crate::entry::HelperCache;
use crate::process::{Failure, FromWorker, Heard, Kept, Launch, Process, Python, Report};

/// How long a question outside of a block may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An interpreter with its variables.
pub(crate) struct Session {
    python: &'static Python,
    probe: Arc<Probe>,
    opening: ReplOpening,
    desk: Desk,
    snapshot: Snapshot,
    /// The worker; none while a fresh one is needed.
    process: Option<Process>,
    /// Remarks for the next outcome.
    remarks: Vec<String>,
}

impl Session {
    /// Starts a worker and binds the variables of the snapshot, if there is one.
    pub(crate) async fn open(
        python: &'static Python,
        probe: Arc<Probe>,
        opening: ReplOpening,
        host: Arc<dyn ReplHost>,
    ) -> Result<Self, ReplError> {
        let path = opening.snapshot.clone();
        let snapshot = Snapshot::open(path.clone()).map_err(|error| {
            ReplError::Start(format!("the variables in {} cannot be read ({error})", path.display()))
        })?;
        let desk = Desk { corpus: opening.corpus.clone(), cache: Arc::new(HelperCache::default()), host };
        let (process, remarks) = (None, Vec::new());
        let mut session = Self { python, probe, opening, desk, snapshot, process, remarks };
        let process = session.fresh().await.map_err(ReplError::Start)?;
        session.process = Some(process);
        Ok(session)
    }

    /// A worker with the variables of the snapshot.
    async fn fresh(&mut self) -> Result<Process, String> {
        let launch = Launch { python: self.python, probe: &self.probe, opening: &self.opening };
        let mut process = Process::start(launch).await?;
        if self.snapshot.is_empty() {
            return Ok(process);
        }
        for entry in self.snapshot.variables() {
            process.send(&json!({"op": "entry", "entry": entry}))?;
        }
        process.send(&json!({"op": "restore", "entries": [], "order": self.snapshot.order()}))?;
        match self.await_answer(&mut process).await? {
            FromWorker::Restored { lost } if lost.is_empty() => {}
            FromWorker::Restored { lost } => {
                self.remarks
                    .push(format!("Could not be brought back into the interpreter: {}.", lost.join(", ")));
            }
            _ => return Err("it did not take the variables".to_owned()),
        }
        Ok(process)
    }

    /// The answer to a question outside of a block; what it needs of the context meanwhile is given.
    async fn await_answer(&self, process: &mut Process) -> Result<FromWorker, String> {
        let mut large = Vec::new();
        let answer = async {
            loop {
                let Heard::Message(message) = process.hear().await else {
                    return Err("it ended".to_owned());
                };
                match self.desk.take(0, message) {
                    Asked::Answered(outgoing) => {
                        outgoing.into_iter().try_for_each(|one| process.pass(one))?;
                    }
                    Asked::Other(FromWorker::Entry { entry }) => large.push(entry),
                    Asked::Other(FromWorker::Assigned { entries, gone }) => {
                        let entries = std::mem::take(&mut large).into_iter().chain(entries).collect();
                        return Ok(FromWorker::Assigned { entries, gone });
                    }
                    Asked::Other(answer) => return Ok(answer),
                    Asked::Call(..) | Asked::Work(..) => {
                        return Err("it asked for more than it may".to_owned());
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_elapsed| Err("it did not answer".to_owned()))
    }

    /// Takes the worker out, or starts one. It goes back when it is known to be well: a call that is dropped meanwhile leaves none.
    async fn take(&mut self) -> Result<Process, ReplError> {
        match self.process.take() {
            Some(process) => Ok(process),
            None => self.fresh().await.map_err(ReplError::Lost),
        }
    }

    /// Runs a block of Python.
    pub(crate) async fn run_cell(
        &mut self,
        cell: CellRequest,
        cancel: Cancel,
    ) -> Result<CellOutcome, ReplError> {
        let mut process = self.take().await?;
        let limit = self.opening.limits.block;
        let (ending, ran, waited) = run(&mut process, &self.desk, &cell, limit, &cancel).await;
        let mut outcome = match ending {
            Ending::Returned(report, large, reason) => {
                let outcome = self.conclude(*report, large, reason).await;
                self.process = Some(process);
                outcome
            }
            Ending::Unusable(what, reason) => {
                process.kill().await;
                let why =
                    reason.map_or(what.to_owned(), |reason| format!("{}, and {what}", self.why(reason)));
                self.start_over(why).await?
            }
            Ending::Died => {
                let how = process.end().await;
                self.start_over(how).await?
            }
        };
        (outcome.ran, outcome.waited) = (ran, waited);
        outcome.hints.append(&mut self.remarks);
        Ok(outcome)
    }

    /// Keeps what a block left and says what became of it.
    async fn conclude(&mut self, report: Report, large: Vec<Kept>, reason: Option<Reason>) -> CellOutcome {
        let Report { stdout, stdout_bytes, shown, error, answer, variables, changed, hints, entries, gone } =
            report;
        self.keep(large.into_iter().chain(entries).collect(), gone).await;
        let error = error.map(|Failure { line, message, is_interrupted }| match reason {
            Some(reason) if is_interrupted => {
                CellError { line, message: format!("{}: {message}", self.why(reason)) }
            }
            Some(_) | None => CellError { line, message },
        });
        CellOutcome {
            stdout,
            stdout_bytes,
            shown,
            error,
            answer: answer.map(|found| found.value),
            variables,
            changed,
            hints,
            ran: Duration::ZERO,
            waited: Duration::ZERO,
        }
    }

    /// A fresh worker in the place of one that is gone, and the outcome of the block that was its last.
    async fn start_over(&mut self, how: String) -> Result<CellOutcome, ReplError> {
        let process = self.fresh().await.map_err(|error| ReplError::Lost(format!("{how}; then {error}")))?;
        self.process = Some(process);
        let variables = self.list().await.unwrap_or_default();
        let message = format!("block failed, variables restored as they were before it: {how}");
        let error = Some(CellError { line: None, message });
        Ok(CellOutcome { error, variables, ..CellOutcome::default() })
    }

    fn why(&self, reason: Reason) -> String {
        match reason {
            Reason::Deadline => format!(
                "stopped after {} s, the most a block may run",
                self.opening.limits.block.as_secs_f64()
            ),
            Reason::Cancelled => "cancelled".to_owned(),
        }
    }

    /// Writes what changed. A disk that is full costs a restart its variables, not the block its result.
    async fn keep(&mut self, changed: Vec<Kept>, gone: Vec<String>) {
        if changed.is_empty() && gone.is_empty() {
            return;
        }
        let empty = Snapshot::at(&self.opening.snapshot);
        let mut snapshot = std::mem::replace(&mut self.snapshot, empty);
        let written = tokio::task::spawn_blocking(move || {
            let written = snapshot.keep(changed, &gone);
            (snapshot, written)
        });
        match written.await {
            Ok((snapshot, written)) => {
                self.snapshot = snapshot;
                if let Err(error) = written {
                    self.remarks.push(format!("The variables could not be written to disk ({error})."));
                }
            }
            Err(error) => tracing::warn!(%error, "the variables were not kept"),
        }
    }

    /// One question to a worker that runs nothing.
    async fn ask(&mut self, question: Value) -> Result<FromWorker, ReplError> {
        let mut process = self.take().await?;
        let answer = match process.send(&question) {
            Ok(()) => self.await_answer(&mut process).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => {
                self.process = Some(process);
                Ok(answer)
            }
            Err(error) => {
                process.kill().await;
                Err(ReplError::Lost(error))
            }
        }
    }

    /// The variables, in the order in which they were bound.
    pub(crate) async fn list(&mut self) -> Result<Vec<Variable>, ReplError> {
        match self.ask(json!({"op": "variables"})).await? {
            FromWorker::Variables { variables } => Ok(variables),
            _ => Err(ReplError::Lost("it answered something else".to_owned())),
        }
    }

    /// The value of a variable as JSON.
    pub(crate) async fn find(&mut self, name: String) -> Result<Option<Value>, ReplError> {
        match self.ask(json!({"op": "value", "name": name})).await? {
            FromWorker::Value { found } => Ok(found.map(|found| found.value)),
            _ => Err(ReplError::Lost("it answered something else".to_owned())),
        }
    }
    /// Binds a variable from outside of any block.
    pub(crate) async fn bind(&mut self, name: &str, value: Value) -> Result<(), ReplError> {
        match self.ask(json!({"op": "assign", "name": name, "value": value})).await? {
            FromWorker::Assigned { entries, gone } => {
                self.keep(entries, gone).await;
                Ok(())
            }
            _ => Err(ReplError::Lost("it answered something else".to_owned())),
        }
    }

    /// Whom its blocks ask.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Remarks for the next outcome.
    pub(crate) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}
