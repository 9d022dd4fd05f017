//! The session of a sub-agent: a log of its own beside that of the session above it, which it is a part of.

use std::time::Instant;

use headwater_context::{assemble_subagent, cap_instructions};
use headwater_protocol::events::{SessionStarted, SubagentStarted};
use headwater_protocol::tool::Question;
use headwater_protocol::{ModeId, Update};
use tokio::sync::mpsc;

use super::terms::Terms;
use super::work::Errand;
use crate::clock;
use crate::handshake::Words;
use crate::hooks::AgentName;
use crate::instructions;
use crate::ledger::{Ledger, Opening};
use crate::parts::Parts;
use crate::sessions::resumable::SCHEMA;
use crate::sessions::{LogWriter, SessionLock, StoreError};

/// Updates that may wait to be passed on.
const UPDATES: usize = 1_024;

/// A session of a sub-agent, open for writing.
pub(super) struct OwnSession {
    pub(super) ledger: Ledger,
    pub(super) parts: Parts,
    pub(super) questions: mpsc::UnboundedReceiver<Question>,
    /// What its ledger tells.
    pub(super) told: mpsc::Receiver<Update>,
    pub(super) began: Instant,
    /// The first record.
    pub(super) opening: SessionStarted,
    /// The second record, which says what the session is, and the record of the session above.
    pub(super) started: SubagentStarted,
    /// Held as long as it works.
    pub(super) lock: SessionLock,
}

impl Errand {
    /// Makes the session of the sub-agent; nothing is recorded yet.
    pub(super) fn open(&self, terms: Terms) -> Result<OwnSession, StoreError> {
        let store = &self.subagents.store;
        let (session, lock) = store.create(clock::system())?;
        let path = store.transcript(&session);
        let log = LogWriter::open(&path).map_err(StoreError::io("open", &path))?;
        let (updates, told) = mpsc::channel(UPDATES);
        let parent = Some(self.parent.clone());
        let started = SubagentStarted {
            call: self.context.call.clone(),
            opened: session.clone(),
            number: self.number,
            agent: self.definition.name.clone(),
            title: self.input.description.trim().to_owned(),
            model: format!("{}/{}", terms.provider.vendor(), terms.provider.model().name),
            mode: terms.mode.id,
            tools: terms.tools.names().into_iter().map(str::to_owned).collect(),
            foreign: self.foreign.clone(),
        };
        let opening = self.opening(&terms);
        // Nobody asks questions of the person here: the other end is gone at once.
        let (_, questions) = mpsc::unbounded_channel();
        Ok(OwnSession {
            ledger: Ledger::open(Opening {
                session: session.clone(),
                parent,
                log,
                updates,
                clock: clock::system,
                redactor: store.redactor().clone(),
            }),
            parts: Parts {
                provider: terms.provider,
                tools: terms.tools,
                limits: terms.limits,
                blobs: store.directory(&session).join("blobs"),
                missions: None,
                hooks: self
                    .parts
                    .hooks
                    .for_agent(AgentName { id: session.to_string(), kind: self.definition.name.clone() }),
                subagents: None,
                words: Words::default(),
                ..self.parts.clone()
            },
            questions,
            told,
            began: Instant::now(),
            opening,
            started,
            lock,
        })
    }

    fn opening(&self, terms: &Terms) -> SessionStarted {
        let (files, _) = instructions::read(&self.parts.workspace);
        // What was shortened was told when the session above began.
        let (files, _) = cap_instructions(files);
        let surroundings = instructions::surroundings(&self.parts.workspace, clock::system());
        let definition = (self.definition.prompt.as_str(), terms.mode.id == ModeId::Plan);
        SessionStarted {
            schema: SCHEMA,
            version: self.parts.version.to_owned(),
            workspace: surroundings.workspace.clone(),
            vendor: terms.provider.vendor().to_owned(),
            model: terms.provider.model().clone(),
            mode: terms.mode.id,
            header: assemble_subagent(definition, &surroundings, &files, terms.tools.specs()),
        }
    }
}
