//! What missions of a session are made with: models, interpreter, context, sessions of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use headwater_context::{directives_mission_header, mission_header};
use headwater_protocol::corpus::CorpusSummary;
use headwater_protocol::events::SessionStarted;
use headwater_protocol::repl::{ReplError, ReplLimits};
use headwater_protocol::views::{MissionView, fold};
use headwater_protocol::{Corpus, Event, MissionBudget, Provider, Repl, SessionId, Update};
use tokio::sync::mpsc;

use super::mentions;
use crate::clock;
use crate::corpus::{ContextError, ContextSource, ContextStore, LoadedContext, load};
use crate::ledger::{Ledger, LedgerError};
use crate::mission::research::ResearchBudget;
use crate::parts::Parts;
use crate::rlm::{Family, Log};
use crate::sessions::{SessionStore, StoreError, salvage};
use crate::standing_in::StandIns;
use crate::turn::TurnError;
use crate::withheld::{Bounds, look};

/// Reaches the model of the children; the error is a sentence for the person.
pub type ChildConnector =
    Arc<dyn Fn() -> BoxFuture<'static, Result<Arc<dyn Provider>, String>> + Send + Sync>;

/// What missions of a session are made with.
#[derive(Clone)]
pub struct MissionSetup {
    /// The way to the child model; it is reached when a mission begins.
    pub child: ChildConnector,
    /// The interpreter of their blocks.
    pub repl: Arc<dyn Repl>,
    /// What the context variable holds: files, directories, globs; empty means the workspace, or what a message names.
    pub sources: Vec<String>,
    /// What a card begins with.
    pub budget: MissionBudget,
    /// What research may take.
    pub research: ResearchBudget,
    /// How many children may be asked at once to begin with.
    pub parallel: usize,
    /// What a block may take.
    pub limits: ReplLimits,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether the command line approves the card as it is proposed.
    pub is_approved: bool,
}

/// Why a mission cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MissionError {
    /// Something is missing or wrong; said to the person.
    #[error("{message}")]
    Refused {
        /// A stable name for scripts.
        kind: &'static str,
        /// What is wrong.
        message: String,
        /// What to do.
        next_step: &'static str,
    },
    /// A session's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The context cannot be read.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The interpreter cannot be started.
    #[error(transparent)]
    Repl(#[from] ReplError),
    /// The turn broke off.
    #[error(transparent)]
    Turn(#[from] TurnError),
}

impl From<LedgerError> for MissionError {
    fn from(error: LedgerError) -> Self {
        Self::Turn(TurnError::Ledger(error))
    }
}

impl MissionError {
    pub(crate) fn refused(kind: &'static str, message: impl Into<String>, next_step: &'static str) -> Self {
        Self::Refused { kind, message: message.into(), next_step }
    }
}

/// Research that was cut off.
pub(crate) struct CutOff {
    pub(crate) session: SessionId,
    pub(crate) question: String,
    pub(crate) corpus: CorpusSummary,
}

/// The workshop of one session's missions.
#[derive(Clone, Copy)]
pub(crate) struct Workshop<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) store: &'a SessionStore,
    pub(crate) setup: &'a MissionSetup,
}

impl<'a> Workshop<'a> {
    /// The workshop; an error where missions were not set up.
    pub(crate) fn of(parts: &'a Parts, store: &'a SessionStore) -> Result<Self, MissionError> {
        let setup = parts.missions.as_ref().ok_or_else(|| {
            MissionError::refused(
                "mode_absent",
                "Missions are not possible with this provider.",
                "Press Tab for another mode, or choose another provider.",
            )
        })?;
        Ok(Self { parts, store, setup })
    }

    /// What a mission and everything below it share. The child model is reached here.
    pub(crate) async fn family(&self, updates: mpsc::Sender<Update>) -> Result<Arc<Family>, MissionError> {
        let cheap = (self.setup.child)().await.map_err(|message| {
            MissionError::refused(
                "no_child_model",
                message,
                "Name another with --child-model, or check `headwater doctor`.",
            )
        })?;
        Ok(Arc::new(Family {
            store: self.store.clone(),
            workspace: self.parts.workspace.clone(),
            strong: Arc::clone(&self.parts.provider),
            cheap,
            repl: Arc::clone(&self.setup.repl),
            widths: self.parts.widths.clone(),
            limits: self.setup.limits,
            thresholds: self.parts.thresholds,
            seed: self.setup.seed,
            version: self.parts.version,
            stand_ins: StandIns::new(self.parts.fallback.clone()),
            updates,
        }))
    }

    /// The context of a mission: what the command line or the message names, or the whole workspace.
    pub(crate) async fn corpus(
        &self,
        question: &str,
        conversation: &Ledger,
    ) -> Result<LoadedContext, MissionError> {
        let mut sources: Vec<ContextSource> =
            self.setup.sources.iter().cloned().map(ContextSource::Path).collect();
        sources.extend(mentions::mentioned(question, &self.parts.workspace, conversation, &self.parts.blobs));
        if sources.is_empty() {
            sources.push(ContextSource::Path(".".to_owned()));
        }
        let store = ContextStore::new(self.store.state());
        let workspace: PathBuf = self.parts.workspace.clone();
        let rulebook = Arc::clone(&self.parts.rulebook);
        let home = self.parts.home.clone();
        let reading = move || {
            // By its other names a withheld file is withheld too.
            let withholding = rulebook.withholding(&workspace, home.as_deref());
            let twins = look(&withholding, &workspace, Bounds::of_commands()).twins;
            let may_read = |path: &Path| {
                let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                let is_open = |path| rulebook.may_read(path, &workspace, home.as_deref());
                is_open(path) && is_open(&real) && !twins.contains_key(&real)
            };
            load(&store, &workspace, sources, &may_read)
        };
        let loaded = tokio::task::spawn_blocking(reading).await.map_err(|error| {
            MissionError::refused("context", format!("reading the context broke off: {error}"), "Try again.")
        })?;
        Ok(loaded?)
    }

    /// A mission's log, opened again. What it held is taken over without being told.
    pub(crate) fn reopen(&self, family: &Family, session: &SessionId) -> Result<Log, MissionError> {
        let lock = self.store.lock(session)?;
        let loaded = self.store.load(session)?;
        let records = if loaded.is_damaged() {
            let path = self.store.transcript(session);
            salvage(&path, loaded, session, || session_started(family), clock::system())?.records
        } else {
            loaded.records
        };
        let parent = records.first().and_then(|record| record.parent.clone());
        let mut ledger = family.ledger(session, parent)?;
        ledger.recall_quietly(records)?;
        Ok(Log { ledger, lock, session: session.clone() })
    }

    /// The newest mission of a conversation whose research was cut off before there was a card.
    pub(crate) fn cut_off(&self, conversation: &Ledger) -> Option<CutOff> {
        let proposed: BTreeSet<&SessionId> = conversation
            .records()
            .iter()
            .filter_map(|record| {
                if let Event::MissionProposed(proposed) = &record.event {
                    Some(&proposed.mission)
                } else {
                    None
                }
            })
            .collect();
        let parts = self.store.parts_of(conversation.session()).ok()?;
        let session = parts.into_iter().filter(|part| !proposed.contains(part)).max()?;
        let view: MissionView = fold(&self.store.load(&session).ok()?.records);
        let started = view.started?;
        Some(CutOff { session, question: started.question.clone(), corpus: started.corpus.clone() })
    }

    /// The context that a mission's log names.
    pub(crate) fn recall(&self, log: &Log) -> Result<Corpus, MissionError> {
        let started = log.ledger.state().mission.started.clone().ok_or_else(|| {
            MissionError::refused(
                "mission_lost",
                "The mission's log does not say what it was about.",
                "Start a new one.",
            )
        })?;
        Ok(ContextStore::new(self.store.state()).recall(&started.corpus)?)
    }
}

/// The first record of a mission's session: its root has the tools as functions.
pub(crate) fn session_started(family: &Family) -> SessionStarted {
    let header = match family.repl.python() {
        Ok(()) => mission_header(family.strong.model(), family.repl.helpers(), family.piece_chars()),
        Err(_missing) => directives_mission_header(family.piece_chars()),
    };
    SessionStarted { header, ..family.session_started(family.strong.as_ref()) }
}
