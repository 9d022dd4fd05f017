//! Starting a session: the log is opened, salvaged and repaired, then the actor takes over.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headwater_context::{assemble, cap_instructions};
use headwater_protocol::events::{
    ModeChanged, ModelChanged, RepairKind, Repaired, SessionResumed, SessionStarted,
};
use headwater_protocol::{
    ApprovalScope, BlobId, CallId, Delta, Event, ModeId, Provider, Record, SessionId, Update,
};
use tokio::sync::mpsc;

use crate::actor::Actor;
use crate::checkpoints::Checkpoints;
use crate::children::{WidthLimits, Widths};
use crate::clock;
use crate::conductor::MissionSetup;
use crate::desk::{Attendance, Desk, DeskOut};
use crate::handshake::Words;
use crate::hooks::{self, Hooks, Stage};
use crate::instructions;
use crate::ledger::{Ledger, LedgerError, Opening};
use crate::parts::{Parts, Registry};
use crate::repairs::{self, Moment};
use crate::rulebook::Rulebook;
use crate::sessions::resumable::{self, SCHEMA};
use crate::sessions::{LogWriter, ProjectRules, SessionLock, StoreError, rebuilding, salvage};
use crate::setup::{EngineSetup, Running, Start, StartError};
use crate::subagents::Subagents;

/// Updates that may wait for a slow front end before the engine waits for it.
const UPDATES: usize = 4_096;
/// Ops that may wait for a busy engine.
const OPS: usize = 256;

/// A session on disk, opened for writing.
struct Opened {
    session: SessionId,
    parent: Option<SessionId>,
    lock: SessionLock,
    past: Past,
    /// What the person should know.
    warnings: Vec<String>,
}

/// What was before this process.
struct Past {
    /// What the log holds already.
    records: Vec<Record>,
    /// What is recorded first now.
    first: Event,
    /// What was mended beside the log.
    mended: Option<Repaired>,
}

/// Starts a session in a task of the current tokio runtime. Errors are those of the store; everything later
/// is told through the updates.
pub fn start(setup: EngineSetup) -> Result<Running, StartError> {
    let subagents = setup.subagents.clone().map(|own| Subagents::new(own, setup.store.clone()));
    let task = subagents.as_ref().map(Subagents::tool);
    let tools = Registry::new(setup.tools.iter().cloned().chain(task).collect());
    let Opened { session, parent, lock, past, mut warnings } = open(&setup, &tools)?;
    let path = setup.store.transcript(&session);
    let log = LogWriter::open(&path).map_err(StoreError::io("open", &path))?;
    let (ops, ops_in) = mpsc::channel(OPS);
    let (updates, updates_out) = mpsc::channel(UPDATES);
    let (desk, DeskOut { questions, decisions }) = Desk::new(attendance(&setup));
    let project = ProjectRules::load(setup.store.state(), &setup.workspace);
    warnings.extend(project.warning().map(str::to_owned));
    let screen = setup.hooks.as_ref().and_then(|hooks| hooks.screen.clone());
    let hooks = Hooks::new(setup.hooks);
    warnings.extend(hooks.warnings());
    let parts = Parts {
        provider: setup.provider,
        connector: setup.connector,
        tools,
        limits: setup.limits,
        tool_bounds: setup.tool_bounds,
        fallback: setup.fallback,
        thresholds: setup.thresholds,
        checkpoints: Checkpoints::new(&setup.workspace, &setup.store.directory(&session)),
        workspace: setup.workspace,
        home: setup.home,
        blobs: setup.store.directory(&session).join("blobs"),
        is_sandboxed: setup.confinement.is_sandboxed,
        desk,
        rulebook: Arc::new(Rulebook::new(setup.rules, project)),
        widths: widths(setup.missions.as_ref()),
        missions: setup.missions,
        words: Words::default(),
        hooks,
        servers: setup.servers,
        subagents,
        version: setup.version,
    };
    let updates_out = match screen {
        Some(screen) => {
            let stage = Stage::new(&parts, screen, &session);
            hooks::attach(stage, session.clone(), past.records.len(), updates_out)
        }
        None => updates_out,
    };
    let redactor = setup.store.redactor().clone();
    let (store, mode) = (setup.store, setup.mode);
    let closing = updates.clone();
    let ledger = Ledger::open(Opening {
        session: session.clone(),
        parent,
        log,
        updates,
        clock: clock::system,
        redactor,
    });
    let actor = Actor { ledger, parts, questions, decisions, store, ops: ops_in };
    let finished = tokio::spawn(Course { past, mode, warnings, lock, closing }.run(actor));
    Ok(Running { session, ops, updates: updates_out, finished })
}

/// What a session needs beside its actor, from its first record to its last.
struct Course {
    past: Past,
    mode: Option<ModeId>,
    warnings: Vec<String>,
    lock: SessionLock,
    closing: mpsc::Sender<Update>,
}

impl Course {
    async fn run(self, mut actor: Actor) {
        let Self { past, mode, warnings, lock, closing } = self;
        match begin(&mut actor.ledger, past, mode, &actor.parts).await {
            // On the heap: a turn and a mission are large.
            Ok(()) => Box::pin(actor.run(warnings)).await,
            Err(error) => {
                actor.ops.close();
                actor.ledger.tell_end(&error).await;
                drop(actor);
            }
        }
        // Dropped only now: until here this process may write.
        drop(lock);
        if closing.send(Update::Closed).await.is_err() {
            tracing::debug!("the front end left first");
        }
    }
}

fn attendance(setup: &EngineSetup) -> Attendance {
    let patience = setup.limits.max_approval_seconds.map(Duration::from_secs);
    Attendance { is_attended: setup.is_attended, keeps_waiting: setup.keeps_waiting, patience }
}

fn widths(missions: Option<&MissionSetup>) -> Widths {
    let usual = WidthLimits::default();
    let start = missions.map_or(usual.start, |missions| missions.parallel.max(1));
    Widths::new(WidthLimits { start, ..usual })
}

fn open(setup: &EngineSetup, tools: &Registry) -> Result<Opened, StartError> {
    let now = clock::system();
    match &setup.start {
        Start::New { parent } => {
            let (session, lock) = setup.store.create(now)?;
            let (started, warnings) = session_started(setup, tools);
            let parent = parent.clone();
            let past = Past { records: Vec::new(), first: started.into(), mended: None };
            Ok(Opened { session, parent, lock, past, warnings })
        }
        Start::Resume(id) => {
            let lock = setup.store.lock(id)?;
            let loaded = setup.store.load(id)?;
            resumable::check(&setup.store, id, &loaded, &setup.workspace)?;
            let mut warnings = Vec::new();
            let records = if loaded.is_damaged() {
                warnings.push("The session's log was damaged; what could be read goes on, the original is kept beside it.".to_owned());
                let path = setup.store.transcript(id);
                let salvaged = salvage(&path, loaded, id, || session_started(setup, tools).0, now)?;
                warnings.extend(salvaged.notice);
                salvaged.records
            } else {
                loaded.records
            };
            let parent = records.first().and_then(|record| record.parent.clone());
            let first = SessionResumed { version: setup.version.to_owned() }.into();
            let mended = rebuilt(&setup.store.directory(id).join("blobs"), &records);
            let past = Past { records, first, mended };
            Ok(Opened { session: id.clone(), parent, lock, past, warnings })
        }
    }
}

/// Writes again what the log has stored beside itself and is not there; what it is to be told as.
fn rebuilt(blobs: &Path, records: &[Record]) -> Option<Repaired> {
    match rebuilding::rebuild(blobs, records) {
        Ok(names) if names.is_empty() => None,
        Ok(names) => {
            let names: Vec<&str> = names.iter().map(BlobId::as_str).collect();
            let detail =
                format!("stored texts were missing or changed, and were written again: {}", names.join(", "));
            Some(Repaired { kind: RepairKind::Rebuilt, call: None, detail })
        }
        Err(error) => {
            tracing::warn!(%error, "stored texts cannot be written again");
            None
        }
    }
}

fn session_started(setup: &EngineSetup, tools: &Registry) -> (SessionStarted, Vec<String>) {
    let (files, mut warnings) = instructions::read(&setup.workspace);
    let (files, shortened) = cap_instructions(files);
    warnings.extend(shortened);
    let surroundings = instructions::surroundings(&setup.workspace, clock::system());
    let started = SessionStarted {
        schema: SCHEMA,
        version: setup.version.to_owned(),
        workspace: surroundings.workspace.clone(),
        vendor: setup.provider.vendor().to_owned(),
        model: setup.provider.model().clone(),
        mode: setup.mode.unwrap_or_default(),
        header: assemble(setup.style.as_ref(), &surroundings, &files, tools.specs()),
    };
    (started, warnings)
}

/// Tells the front end the past, records the present, mends what is broken.
async fn begin(
    ledger: &mut Ledger,
    past: Past,
    mode: Option<ModeId>,
    parts: &Parts,
) -> Result<(), LedgerError> {
    ledger.recall(past.records).await?;
    ledger.record(past.first).await?;
    if let Some(mended) = past.mended {
        ledger.record(mended).await?;
    }
    loop {
        let events = repairs::next(ledger.state(), Moment::Load);
        if events.is_empty() {
            break;
        }
        for event in events {
            ledger.record(event).await?;
        }
    }
    let from = ledger.state().session.mode;
    if let Some(to) = mode.filter(|mode| *mode != from) {
        ledger.record(ModeChanged { from, to }).await?;
    }
    tell_model(ledger, parts.provider.as_ref()).await?;
    for rule in &ledger.state().approvals.session_rules {
        if let Err(text) = parts.rulebook.add(rule, ApprovalScope::Session) {
            ledger.tell_delta(Delta::Notice { text }).await;
        }
    }
    if ledger.state().is_held() {
        for asked in &ledger.state().approvals.waiting {
            parts.desk.keep(&asked.call, &asked.offers);
        }
        if let Some(question) = ledger.state().open_calls.question() {
            parts.desk.keep_question(&question.call, question_left(ledger, parts, &question.call));
        }
    }
    ledger.commit();
    Ok(())
}

/// How long a question of an earlier process still waits, by the times in the log; `None` without end.
fn question_left(ledger: &Ledger, parts: &Parts, call: &CallId) -> Option<Duration> {
    let most = Duration::from_secs(parts.limits.max_approval_seconds?);
    let is_it = |event: &Event| matches!(event, Event::QuestionAsked(asked) if asked.question.call == *call);
    let asked = ledger.records().iter().rev().find(|record| is_it(&record.event))?;
    Some(most.saturating_sub(Duration::from_millis(ledger.now().millis_since(asked.at))))
}

/// Records the model that answers from now on, where the log names another.
pub(crate) async fn tell_model(ledger: &mut Ledger, provider: &dyn Provider) -> Result<(), LedgerError> {
    let (vendor, model) = (provider.vendor(), provider.model());
    let session = &ledger.state().session;
    if session.vendor != vendor || session.model.as_ref() != Some(model) {
        ledger.record(ModelChanged { vendor: vendor.to_owned(), model: model.clone() }).await?;
    }
    Ok(())
}
