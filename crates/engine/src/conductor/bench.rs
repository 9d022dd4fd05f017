//! The tools of a mission at work: each call recorded in the mission's log, writers one after another.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use headwater_policy::{Decision, Question, Withheld};
use headwater_protocol::events::{AttemptFailed, ResultStatus, ToolCalled, ToolReturned};
use headwater_protocol::views::FilesSeen;
use headwater_protocol::{
    Access, Bytes, CallId, Cancel, Capability, Confinement, Event, Record, RunState, SessionId, Timestamp,
    ToolCall, ToolContext, ToolOutcome, View as _,
};
use serde_json::Value;
use tokio::sync::{Mutex as TurnMutex, RwLock, mpsc, oneshot};
use tokio::time::Instant;

use super::safekeeping::{Guarded, Safekeeping};
use super::trial::Trial;
use crate::attempts::{Making, Share, ToolBounds, make, within};
use crate::checkpoints::Watch;
use crate::children::{Journal, JournalEntry};
use crate::desk::Desk;
use crate::hooks::MissionHooks;
use crate::modes;
use crate::parts::{Parts, RegisteredTool, Registry};
use crate::rulebook::Rulebook;
use crate::turn::{CallPlace, finish};
use crate::withheld::{by_all_names, from_call, known};

/// The tools of one mission.
pub(crate) struct Bench {
    pub(super) tools: Registry,
    rulebook: Arc<Rulebook>,
    pub(super) workspace: PathBuf,
    home: Option<PathBuf>,
    blobs: PathBuf,
    is_sandboxed: bool,
    result_cap: Bytes,
    desk: Desk,
    pub(super) cancel: Cancel,
    journal: mpsc::Sender<JournalEntry>,
    seen: Mutex<FilesSeen>,
    trial: Trial,
    tool_bounds: ToolBounds,
    made: AtomicUsize,
    safekeeping: Safekeeping,
    pub(super) hooks: MissionHooks,
    /// Calls that change something run one after another.
    changing: TurnMutex<()>,
    /// Held for reading by each call of a block until it has its result.
    at_work: Arc<RwLock<()>>,
}

/// Who makes a call.
#[derive(Clone, Debug)]
pub(super) enum Asker {
    /// A block, within what its tools may take, until it waits no longer.
    Block(Cancel),
    /// The host, which checks an answer.
    Host,
}

/// What a bench begins with.
pub(super) struct BenchSetup<'a> {
    pub(super) parts: &'a Parts,
    pub(super) blobs: PathBuf,
    pub(super) journal: mpsc::Sender<JournalEntry>,
    /// The mission's log so far.
    pub(super) state: &'a RunState,
    pub(super) safekeeping: Safekeeping,
    pub(super) cancel: Cancel,
}

impl Bench {
    pub(super) fn new(setup: BenchSetup<'_>) -> Self {
        let parts = setup.parts;
        Self {
            // What servers do stands in no card.
            tools: parts.tools.only(|spec| !spec.is_of_server()),
            rulebook: Arc::clone(&parts.rulebook),
            workspace: parts.workspace.clone(),
            home: parts.home.clone(),
            blobs: setup.blobs,
            is_sandboxed: parts.is_sandboxed,
            result_cap: parts.result_cap(),
            desk: parts.desk.clone(),
            cancel: setup.cancel,
            journal: setup.journal,
            seen: Mutex::new((*setup.state.files).clone()),
            trial: Trial::new(setup.state.tools.clone()),
            tool_bounds: parts.tool_bounds.clone(),
            made: AtomicUsize::new(setup.state.open_calls.count()),
            safekeeping: setup.safekeeping,
            hooks: MissionHooks::new(parts),
            changing: TurnMutex::new(()),
            at_work: Arc::default(),
        }
    }

    /// What a call touches, by all names of it.
    pub(super) async fn by_all_names(&self, access: Access) -> Access {
        by_all_names(access, &self.rulebook, &self.workspace, self.home.as_deref()).await
    }

    /// Runs a call of a block. One that the block waits for no longer is ended, and has its result all the same.
    pub(super) async fn run_for_block(
        self: &Arc<Self>,
        tool: &RegisteredTool,
        input: Value,
        access: Access,
    ) -> Result<ToolOutcome, String> {
        let at_work = Arc::clone(&self.at_work).read_owned().await;
        let (bench, tool, cancel) = (Arc::clone(self), tool.clone(), self.cancel.child());
        let _ending = EndedWithIt(cancel.clone());
        let work = tokio::spawn(async move {
            let _at_work = at_work;
            bench.run(&tool, input, &access, Asker::Block(cancel)).await
        });
        work.await.map_err(|error| format!("the call broke off: {error}"))?
    }

    /// Waits until every call of a block has its result.
    pub(super) async fn settled(&self) {
        drop(self.at_work.write().await);
    }

    /// Runs a call that the card grants. A rule that denies still denies, and what cannot be undone is never granted
    /// by a card alone. The error is a sentence.
    pub(super) async fn run(
        &self,
        tool: &RegisteredTool,
        input: Value,
        access: &Access,
        asker: Asker,
    ) -> Result<ToolOutcome, String> {
        let confinement = self.confinement(tool, access).await?;
        let is_changing = !tool.spec.capability.is_parallel();
        let _turn = if is_changing { Some(self.changing.lock().await) } else { None };
        let (cancel, is_block) = match asker {
            Asker::Block(cancel) => (cancel, true),
            Asker::Host => (self.cancel.child(), false),
        };
        if cancel.is_cancelled() {
            return Err("not run: nothing waits for it any more".to_owned());
        }
        let call = CallId::new(format!("m{}", self.made.fetch_add(1, Ordering::SeqCst) + 1));
        let request = ToolCall {
            call: call.clone(),
            name: tool.spec.name.clone(),
            input: input.clone(),
            malformed: None,
        };
        let refusal = if is_block { self.trial.claim(&request, &self.tool_bounds) } else { None };
        if let Some(text) = refusal {
            self.record(ToolCalled { request }).await?;
            return self.closed(call, tool, text).await;
        }
        // Checkpoint first: what cannot be kept is not changed.
        let guarded =
            if is_changing { self.safekeeping.before(&call, access).await } else { Ok(Guarded::default()) };
        let guarded = guarded.inspect_err(|_| self.trial.forget(&call))?;
        self.record(ToolCalled { request }).await?;
        if let Some(kept) = guarded.kept {
            self.safekeeping.learn(kept.clone());
            self.record(kept).await?;
        }
        let began = Instant::now();
        let withheld = from_call(&self.rulebook, &self.question(tool, access), confinement).await;
        let place = CallPlace { call: call.clone(), confinement, cancel: cancel.clone(), withheld };
        let (share, attempts) = self.trial.bounds(&tool.spec.name, &self.tool_bounds);
        let outcome = self.make(place, tool, input, (share.filter(|_| is_block), attempts)).await;
        let was_cancelled = cancel.is_cancelled() && outcome.is_error;
        let status = if was_cancelled { ResultStatus::Cancelled } else { ResultStatus::Ran };
        let returned = ToolReturned { status, ..returned(call, tool, &outcome, began) };
        self.put_down(returned, guarded.watch).await?;
        Ok(outcome)
    }

    /// Records what a call came to, behind what its command changed.
    async fn put_down(&self, returned: ToolReturned, watch: Option<Watch>) -> Result<(), String> {
        if let Some(watch) = watch {
            self.look_again(watch).await?;
        }
        self.learn(&returned);
        self.record(returned).await
    }

    /// Makes the call, again where that is safe.
    async fn make(
        &self,
        place: CallPlace,
        tool: &RegisteredTool,
        input: Value,
        (share, attempts): (Option<Share>, u32),
    ) -> ToolOutcome {
        // A call whose own time is up ends by itself; only one that nobody waits for is abandoned.
        let (cancel, own) = (place.cancel.clone(), place.cancel.child());
        let context = self.context(CallPlace { cancel: own.clone(), ..place });
        let (trial, journal) = (self.trial.clone(), Journal::new(self.journal.clone()));
        let tell = move |failed: AttemptFailed| {
            trial.learn(failed.clone());
            journal.tell(failed)
        };
        let (running, capability) = (Arc::clone(&tool.tool), tool.spec.capability);
        let making = Making { tool: running, capability, input, context, attempts };
        let mut task = tokio::spawn(within(share, own, make(making, tell)));
        finish(&mut task, &cancel).await
    }

    /// The result of a call that does not run now.
    async fn closed(&self, call: CallId, tool: &RegisteredTool, text: String) -> Result<ToolOutcome, String> {
        let outcome = ToolOutcome::error(text);
        let returned =
            ToolReturned { status: ResultStatus::Refused, ..returned(call, tool, &outcome, Instant::now()) };
        self.learn(&returned);
        self.record(returned).await?;
        Ok(outcome)
    }

    /// Records what a command has changed. One that cannot be looked at counts as cut off: the report says so.
    async fn look_again(&self, watch: Watch) -> Result<(), String> {
        let seen = match self.safekeeping.after(watch).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!("what a command changed is not known: {error}");
                return Ok(());
            }
        };
        if let Some(made) = seen.made {
            self.safekeeping.learn(made.clone());
            self.record(made).await?;
        }
        self.safekeeping.learn(seen.changed.clone());
        self.record(seen.changed).await
    }

    async fn confinement(&self, tool: &RegisteredTool, access: &Access) -> Result<Confinement, String> {
        let question = self.question(tool, access);
        let known = known(&self.rulebook, &question).await;
        match self.rulebook.decide(&Question { withheld: known.as_withheld(), ..question }) {
            Decision::Allow { confinement, .. } => Ok(confinement.min(Confinement::WorkspaceWrite)),
            Decision::Ask { is_catastrophic: true, why, rule, .. } => {
                Err(format!("a card cannot grant this: {why} (rule: {rule})"))
            }
            Decision::Ask { rule, why, .. }
                if [headwater_policy::SECRETS_RULE, headwater_policy::WITHHELD_RULE]
                    .contains(&rule.as_str()) =>
            {
                Err(format!("a card cannot grant this: {why} (rule: {rule})"))
            }
            // The card is the answer to the question; the sandbox stays what it is in every mission.
            Decision::Ask { .. } if tool.spec.capability == Capability::Shell && !self.is_sandboxed => {
                Err("no sandbox works here, and a command of a mission never runs without one".to_owned())
            }
            Decision::Ask { .. } => Ok(Confinement::WorkspaceWrite),
            Decision::Deny { rule, why } => Err(format!("denied: {why} (rule: {rule})")),
        }
    }

    fn question<'q>(&'q self, tool: &'q RegisteredTool, access: &'q Access) -> Question<'q> {
        Question {
            tool: &tool.spec.name,
            capability: tool.spec.capability,
            access,
            mode: modes::spec(headwater_protocol::ModeId::Agent),
            workspace: &self.workspace,
            home: self.home.as_deref(),
            is_sandboxed: self.is_sandboxed,
            taint: None,
            withheld: Withheld::default(),
            at_stake: None,
        }
    }

    fn context(&self, place: CallPlace) -> ToolContext {
        let CallPlace { call, confinement, cancel, withheld } = place;
        ToolContext {
            call,
            workspace: self.workspace.clone(),
            blobs: self.blobs.clone(),
            confinement,
            hidden: withheld.hidden,
            kept: withheld.kept,
            fixed: withheld.fixed,
            files_seen: Arc::new(self.seen().clone()),
            result_cap: self.result_cap,
            cancel,
            progress: Arc::new(|_: &str| {}),
            person: Arc::new(self.desk.clone()),
        }
    }

    /// What the call saw and changed counts for the next one: files are read before they are edited.
    fn learn(&self, returned: &ToolReturned) {
        let event = Event::from(returned.clone());
        let record =
            Record { seq: 0, at: Timestamp::default(), session: SessionId::new(""), parent: None, event };
        self.seen().apply(&record);
        self.trial.learn(returned.clone());
        self.safekeeping.learn(returned.clone());
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, FilesSeen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn record(&self, event: impl Into<Event>) -> Result<(), String> {
        let closed = || "the mission's log takes no more records".to_owned();
        let (written, acknowledged) = oneshot::channel();
        self.journal.send(JournalEntry { event: event.into(), written }).await.map_err(|_| closed())?;
        acknowledged.await.map_err(|_| closed())
    }
}

/// Ends a call when whoever waits for it is gone.
struct EndedWithIt(Cancel);

impl Drop for EndedWithIt {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What a call came to, for the log.
fn returned(call: CallId, tool: &RegisteredTool, outcome: &ToolOutcome, began: Instant) -> ToolReturned {
    ToolReturned {
        call,
        name: tool.spec.name.clone(),
        is_error: outcome.is_error,
        status: ResultStatus::Ran,
        text: outcome.model_text.clone(),
        data: outcome.data.clone(),
        reminders: Vec::new(),
        blobs: outcome.blobs.clone(),
        files: outcome.files.clone(),
        millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}
