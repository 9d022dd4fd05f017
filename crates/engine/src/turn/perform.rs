//! Running what the gate admitted: readers in parallel, everything else in order, each in a task of its own
//! so that a panic in a tool is a result and not the end of the session.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use headwater_context::prompts;
use headwater_protocol::events::{QuestionAsked, ResultStatus, TodosChanged, ToolReturned};
use headwater_protocol::views::Progress;
use headwater_protocol::{CallId, Cancel, Confinement, Delta, ToolContext, ToolOutcome, Update};
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;

use super::gate::Admitted;
use super::{Turn, TurnError};
use crate::checkpoints::CommandWatch;
use crate::children::JournalEntry;
use crate::ledger::Ledger;
use crate::parts::Parts;

/// How long a cancelled tool may take to end by itself before its task is dropped.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// A tool at work.
struct Started {
    admitted: Admitted,
    task: JoinHandle<ToolOutcome>,
    at: headwater_protocol::Timestamp,
}

impl Turn<'_> {
    watch: Option<CommandWatch>,
    /// Runs the calls and records their results in the order of the calls.
    pub(super) async fn perform(&mut self, calls: Vec<Admitted>) -> Result<(), TurnError> {
        let mut waiting = calls.into_iter().peekable();
        while let Some(first) = waiting.next() {
            let mut batch = vec![first];
            while batch.iter().all(|call| call.capability.is_parallel())
                && let Some(next) = waiting.next_if(|next| next.capability.is_parallel())
            {
                batch.push(next);
            }
            self.perform_together(batch).await?;
        }
        Ok(())
    }

    async fn perform_together(&mut self, batch: Vec<Admitted>) -> Result<(), TurnError> {
        // A question that was left behind by an interrupted tool has nobody to answer to.
        while self.questions.try_recv().is_ok() {}
        let mut started = Vec::with_capacity(batch.len());
        for admitted in batch {
            if self.cancel.is_cancelled() {
                let text = "Not run: the turn was interrupted.".to_owned();
                let call = &admitted.call;
                self.close(&call.call.clone(), &call.name.clone(), ResultStatus::Cancelled, text).await?;
                continue;
            }
            match self.keep_first(&admitted).await? {
                Ok(watch) => started.push(self.begin(admitted, watch, &errands).await),
                Err(text) => {
                    let call = &admitted.call;
                    self.close(&call.call, &call.name, ResultStatus::Refused, text).await?;
                }
            }
        }
        let outcomes = self.outcomes(&mut started).await?;
        for (started, outcome) in started.into_iter().zip(outcomes) {
            self.keep_outcome(started, outcome).await?;
        }
        Ok(())
    }

    async fn begin(&mut self, admitted: Admitted, watch: Option<CommandWatch>, errands: &Errands) -> Started {
        let call = admitted.call.call.clone();
        self.ledger.tell_delta(Delta::ToolStarted { call }).await;
        let (confinement, cancel) = (admitted.confinement, self.cancel.child());
        let place = CallPlace { call: admitted.call.call.clone(), confinement, cancel };
        let context = tool_context(self.parts, self.ledger, place);
        let tool = Arc::clone(&admitted.tool);
        let input = admitted.call.input.clone();
        let task = if admitted.capability == Capability::Delegate {
            tokio::spawn(errands.begin(self.above(), &input, context))
        } else {
            tokio::spawn(async move { tool.run(input, context).await })
        };
        Started { admitted, task, watch, at: self.ledger.now() }
    }

    /// Waits for all of a batch, and meanwhile records the questions which a tool asks.
    async fn outcomes(&mut self, started: &mut [Started]) -> Result<Vec<ToolOutcome>, TurnError> {
        let cancel = self.cancel.clone();
        let mut all = std::pin::pin!(join_all(started.iter_mut().map(|one| finish(&mut one.task, &cancel))));
        loop {
            tokio::select! {
                outcomes = &mut all => return Ok(outcomes),
                Some(question) = self.questions.recv() => {
                    self.ledger.record(QuestionAsked { question }).await?;
                    self.ledger.commit();
                }
            }
        }
    }

    async fn keep_outcome(&mut self, started: Started, outcome: ToolOutcome) -> Result<(), TurnError> {
        let Started { admitted, watch, at, .. } = started;
        let (outcome, declared) = self.declared(outcome);
        let millis = self.ledger.now().millis_since(at);
        if let Some(watch) = watch {
            self.look_again(watch).await?;
        }
        let was_cancelled = self.cancel.is_cancelled() && outcome.is_error;
        let mut reminders = outcome.reminders;
        let redactor = self.ledger.redactor();
        let digest = Progress::call_digest(&admitted.call.name, &redactor.value(&admitted.call.input));
        let is_same = self.ledger.state().progress.has_given(digest, &redactor.text(&outcome.model_text));
        reminders.extend(behind_result(&ResultFacts {
            is_last_round: admitted.is_last_round && is_same,
            ran_instead: admitted.is_edited.then_some(&admitted.call.input),
        }));
        let ran = self.told_after(&admitted.call).filter(|_| !was_cancelled);
        let returned = ToolReturned {
            call: admitted.call.call,
            name: admitted.call.name,
            is_error: outcome.is_error,
            status: if was_cancelled { ResultStatus::Cancelled } else { ResultStatus::Ran },
            text: outcome.model_text,
            data: outcome.data,
            reminders,
            blobs: outcome.blobs,
            files: outcome.files,
            millis,
        };
        self.ledger.record(returned).await?;
        if let Some(todos) = outcome.todos {
            self.ledger.record(TodosChanged { todos }).await?;
        }
        Ok(())
    }
}

/// Which call a tool is run for, and how far it may reach.
pub(crate) struct CallPlace {
    pub(crate) call: CallId,
    pub(crate) confinement: Confinement,
    pub(crate) cancel: Cancel,
}

/// What a tool gets to know.
pub(crate) fn tool_context(parts: &Parts, ledger: &Ledger, place: CallPlace) -> ToolContext {
    let CallPlace { call, confinement, cancel } = place;
    let updates = ledger.updates();
    let shown = call.clone();
    ToolContext {
        call,
        workspace: parts.workspace.clone(),
        blobs: parts.blobs.clone(),
        confinement,
        files_seen: Arc::clone(&ledger.state().files),
        result_cap: parts.result_cap(),
        cancel,
        progress: Arc::new(move |text: &str| {
            let delta = Delta::ToolOutput { call: shown.clone(), text: text.to_owned() };
            match updates.try_send(Update::Delta(delta)) {
                // Live output may be lost when the front end is slow; the result has all of it.
                Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
            }
        }),
        person: Arc::new(parts.desk.clone()),
    }
}

/// Waits for a tool; after a cancel only for a while.
pub(crate) async fn finish(task: &mut JoinHandle<ToolOutcome>, cancel: &Cancel) -> ToolOutcome {
    let cancelled_long_ago = async {
        cancel.cancelled().await;
        tokio::time::sleep(CANCEL_GRACE).await;
    };
    tokio::select! {
        done = &mut *task => match done {
            Ok(outcome) => outcome,
            Err(error) => ToolOutcome::error(format!("The tool crashed ({error}). This is a fault of the tool, not of the call; try another way.")),
        },
        () = cancelled_long_ago => {
            task.abort();
            ToolOutcome::error("Interrupted; it did not end in time and was abandoned.")
        }
    }
}
