//! Running what the gate admitted: readers in parallel, everything else in order, each in a task of its own
//! so that a panic in a tool is a result and not the end of the session.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use headwater_context::reminders::{ResultFacts, behind_result};
use headwater_protocol::events::{ResultStatus, TodosChanged, ToolReturned};
use headwater_protocol::views::Progress;
use headwater_protocol::{
    CallId, Cancel, Capability, Confinement, Delta, Event, ToolCall, ToolContext, ToolOutcome, Update,
};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinHandle;

use super::gate::Admitted;
use super::{Turn, TurnError};
use crate::attempts::{Making, Moment, Purses, make, within};
use crate::checkpoints::CommandWatch;
use crate::children::JournalEntry;
use crate::ledger::Ledger;
use crate::parts::Parts;
use crate::subagents::{Above, Errands};
use crate::withheld::Found;

/// How long a cancelled tool may take to end by itself before its task is dropped.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// The same for a sub-agent, whose own tools have that time before it reports.
const REPORT_GRACE: Duration = Duration::from_secs(5);

/// A tool at work.
struct Started {
    admitted: Admitted,
    task: JoinHandle<ToolOutcome>,
    watch: Option<CommandWatch>,
    at: headwater_protocol::Timestamp,
}

/// A tool that has ended. Others of its batch may have gone on behind it.
struct Ended {
    outcome: ToolOutcome,
    at: headwater_protocol::Timestamp,
}

impl Turn<'_> {
    /// Runs the calls and records their results in the order of the calls.
    pub(super) async fn perform(&mut self, calls: Vec<Admitted>) -> Result<(), TurnError> {
        let mut waiting = calls.into_iter().peekable();
        while let Some(first) = waiting.next() {
            let kind = first.capability;
            let mut batch = vec![first];
            while kind.is_parallel()
                && let Some(next) = waiting.next_if(|next| next.capability == kind)
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
        let (errands, mut journal) = Errands::open(self.above());
        let purses = Purses::default();
        let mut started = Vec::with_capacity(batch.len());
        for admitted in batch {
            if self.cancel.is_cancelled() {
                let text = "Not run: the turn was interrupted.".to_owned();
                let call = &admitted.call;
                self.close(&call.call.clone(), &call.name.clone(), ResultStatus::Cancelled, text).await?;
                continue;
            }
            if let Some(text) = self.refusal(&admitted.call, Moment::Start) {
                let call = &admitted.call;
                self.close(&call.call, &call.name, ResultStatus::Refused, text).await?;
                continue;
            }
            match self.keep_first(&admitted).await? {
                Ok(watch) => started.push(self.begin(admitted, watch, (&errands, &purses)).await?),
                Err(text) => {
                    let call = &admitted.call;
                    self.close(&call.call, &call.name, ResultStatus::Refused, text).await?;
                }
            }
        }
        let outcomes = self.outcomes(&mut started, &mut journal).await?;
        for (started, ended) in started.into_iter().zip(outcomes) {
            self.keep_outcome(started, ended).await?;
        }
        Ok(())
    }

    async fn begin(
        &mut self,
        admitted: Admitted,
        watch: Option<CommandWatch>,
        (errands, purses): (&Errands, &Purses),
    ) -> Result<Started, TurnError> {
        if self.cannot_be_forgotten(&admitted) {
            self.ledger.sync().await?;
        }
        let call = admitted.call.call.clone();
        self.ledger.tell_delta(Delta::ToolStarted { call }).await;
        let (confinement, cancel) = (admitted.confinement, self.cancel.child());
        let withheld = self.withheld_from(&admitted).await;
        let place = CallPlace { call: admitted.call.call.clone(), confinement, cancel, withheld };
        let context = tool_context(self.parts, self.ledger, place);
        let (tool, capability) = (Arc::clone(&admitted.tool), admitted.capability);
        let input = admitted.call.input.clone();
        let standing = self.standing(admitted.call.acts_as());
        let share = purses.share(admitted.call.acts_as(), standing.time_left());
        let (attempts, cancel) = (standing.attempts(), context.cancel.clone());
        let task = if capability == Capability::Delegate {
            tokio::spawn(within(share, cancel, errands.begin(self.above(), &input, context)))
        } else {
            let journal = errands.journal();
            let call = Making { tool, capability, input, context, attempts };
            tokio::spawn(within(share, cancel, make(call, move |failed| journal.tell(failed))))
        };
        Ok(Started { admitted, task, watch, at: self.ledger.now() })
    }

    /// Whether a crash of the machine must not forget that a call began: the person has said yes to it, or it reaches beyond
    /// the workspace, whose checkpoint can be gone back to. A sub-agent sees to its own calls.
    fn cannot_be_forgotten(&self, admitted: &Admitted) -> bool {
        let call = &admitted.call.call;
        let newest_first = self.ledger.records().iter().rev();
        let mut of_message =
            newest_first.take_while(|record| !matches!(record.event, Event::AssistantMessage(_)));
        let has_answer = of_message
            .any(|record| matches!(&record.event, Event::ApprovalGiven(given) if given.call == *call));
        has_answer
            || (admitted.capability.has_effects() && admitted.confinement > Confinement::WorkspaceWrite)
    }

    fn above(&self) -> Above<'_> {
        Above { parts: self.parts, ledger: self.ledger, mode: self.mode }
    }

    /// Waits for all of a batch and says when each has ended; meanwhile it records the questions which a tool asks, and what
    /// sub-agents journal.
    async fn outcomes(
        &mut self,
        started: &mut [Started],
        journal: &mut mpsc::Receiver<JournalEntry>,
    ) -> Result<Vec<Ended>, TurnError> {
        let (cancel, clock) = (self.cancel.clone(), self.ledger.clock());
        let all = started.iter_mut().map(async |one| {
            let grace =
                if one.admitted.capability == Capability::Delegate { REPORT_GRACE } else { CANCEL_GRACE };
            let outcome = finish_within(&mut one.task, &cancel, grace).await;
            Ended { outcome, at: clock() }
        });
        let mut all = std::pin::pin!(join_all(all));
        loop {
            tokio::select! {
                biased;
                Some(entry) = journal.recv() => entry.write(self.ledger).await?,
                outcomes = &mut all => {
                    // What a sub-agent sent with its last breath is still a fact.
                    while let Ok(entry) = journal.try_recv() {
                        entry.write(self.ledger).await?;
                    }
                    return Ok(outcomes);
                }
                Some(question) = self.questions.recv() => self.put(question).await?,
            }
        }
    }

    /// The call as the model made it, where it was handed on to another tool: the log knows it by that name.
    pub(super) fn as_asked(&self, call: &ToolCall) -> ToolCall {
        let asked = self.ledger.state().conversation.call(&call.call);
        asked.filter(|asked| asked.name != call.name).unwrap_or(call).clone()
    }

    async fn keep_outcome(&mut self, started: Started, ended: Ended) -> Result<(), TurnError> {
        let Started { admitted, watch, at, .. } = started;
        if ended.outcome.is_error && self.is_left_open(&admitted) {
            return Err(TurnError::Interrupted);
        }
        let millis = ended.at.millis_since(at);
        let (outcome, declared) = self.declared(self.within_cap(ended.outcome));
        if let Some(watch) = watch {
            self.look_again(watch).await?;
        }
        let was_cancelled = self.cancel.is_cancelled() && outcome.is_error;
        let mut reminders = outcome.reminders;
        let redactor = self.ledger.redactor();
        let asked = self.as_asked(&admitted.call);
        let digest = Progress::call_digest(&asked.name, &redactor.value(&asked.input));
        let is_same = self.ledger.state().progress.has_given(digest, &redactor.text(&outcome.model_text));
        reminders.extend(behind_result(&ResultFacts {
            is_last_round: admitted.is_last_round && is_same,
            ran_instead: admitted.is_edited.then_some(&admitted.call.input),
        }));
        let ran = self.told_after(&admitted.call).filter(|_| !was_cancelled);
        let returned = ToolReturned {
            call: admitted.call.call,
            name: asked.name,
            is_error: outcome.is_error,
            status: if was_cancelled { ResultStatus::Cancelled } else { ResultStatus::Ran },
            text: outcome.model_text,
            data: outcome.data,
            reminders,
            blobs: outcome.blobs,
            files: outcome.files,
            millis,
        };
        let (knew, call) = (self.ledger.state().taint.source.is_some(), returned.call.clone());
        let was_gated = self.ledger.state().open_calls.is_gated();
        self.ledger.record(returned).await?;
        self.go_on_behind(was_gated).await?;
        if !knew {
            self.tell_of_what_is_at_large(&call).await;
        }
        if let Some(todos) = outcome.todos {
            self.ledger.record(TodosChanged { todos }).await?;
        }
        for event in declared {
            self.ledger.record(event).await?;
        }
        self.hooks_after(ran).await
    }
}

impl Turn<'_> {
    /// Tells the person what runs with the network when a call was the first to read foreign text: it was started before.
    async fn tell_of_what_is_at_large(&mut self, call: &CallId) {
        let Some(source) = self.ledger.state().taint.source.clone() else { return };
        let at_large = self.parts.tools.at_large();
        let at_large: Vec<String> =
            at_large.into_iter().filter(|heard| heard.call != *call).map(|heard| heard.words).collect();
        if !at_large.is_empty() {
            let text = format!(
                "{} runs with the network, and this session has now read {source}, which may be foreign text: what is written \
                 where it reads, it can send. Its output is read after a yes only; have it killed if that is too much.",
                at_large.join(", ")
            );
            self.ledger.tell_delta(Delta::Notice { text }).await;
        }
    }
}

/// Which call a tool is run for, and how far it may reach.
pub(crate) struct CallPlace {
    pub(crate) call: CallId,
    pub(crate) confinement: Confinement,
    pub(crate) cancel: Cancel,
    /// What it must not find and not change.
    pub(crate) withheld: Found,
}

/// What a tool gets to know.
pub(crate) fn tool_context(parts: &Parts, ledger: &Ledger, place: CallPlace) -> ToolContext {
    let CallPlace { call, confinement, cancel, withheld } = place;
    let updates = ledger.updates();
    let shown = call.clone();
    ToolContext {
        call,
        workspace: parts.workspace.clone(),
        blobs: parts.blobs.clone(),
        confinement,
        hidden: withheld.hidden,
        kept: withheld.kept,
        fixed: withheld.fixed,
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
    finish_within(task, cancel, CANCEL_GRACE).await
}

async fn finish_within(task: &mut JoinHandle<ToolOutcome>, cancel: &Cancel, grace: Duration) -> ToolOutcome {
    let cancelled_long_ago = async {
        cancel.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        done = &mut *task => match done {
            Ok(outcome) => outcome,
            Err(error) => ToolOutcome::error(format!("The tool crashed ({error}). This is a fault of the tool, not of the call; try another way.")),
        },
        () = cancelled_long_ago => {
            task.abort();
            ToolOutcome::error("Interrupted; it did not end in time and was abandoned. Whether it took effect is unknown: look before you repeat it.")
        }
    }
}
