//! What a session is started with, and what is given back.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use headwater_context::{OutputStyle, Thresholds};
use headwater_policy::Layer;
use headwater_protocol::{AnyTool, Limit, ModeId, Op, Provider, SessionId, ToolServers, Update};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::attempts::ToolBounds;
use crate::conductor::MissionSetup;
use crate::hooks::HookSetup;
use crate::sessions::{SessionStore, StoreError};
use crate::subagents::SubagentSetup;

/// Everything a session is made of.
pub struct EngineSetup {
    /// Where sessions are kept.
    pub store: SessionStore,
    /// A new session or an old one.
    pub start: Start,
    /// The directory the session works in, an absolute path.
    pub workspace: PathBuf,
    /// The model.
    pub provider: Arc<dyn Provider>,
    /// The way to other models of the same vendor; absent where there is only the one.
    pub connector: Option<Connector>,
    /// The tools in the order in which the model sees them.
    pub tools: Vec<Arc<dyn AnyTool>>,
    /// The mode to begin in; absent means Agent, or what a resumed session had.
    pub mode: Option<ModeId>,
    /// Who stands in for the model while it fails; absent where nobody does.
    pub fallback: Option<Fallback>,
    /// The hard limits.
    pub limits: Limit,
    /// How far each tool may go.
    pub tool_bounds: ToolBounds,
    /// How full the window may get.
    pub thresholds: Thresholds,
    /// Permission rules of the settings.
    pub rules: Vec<Layer>,
    /// How the model writes; absent for the usual way.
    pub style: Option<OutputStyle>,
    /// Whether commands are really confined.
    pub confinement: ConfinementStatus,
    /// The person's home directory, for the policy.
    pub home: Option<PathBuf>,
    /// Whether a person is there to be asked.
    pub is_attended: bool,
    /// Where none is: whether a call that asks waits for another process to answer, and ends this one, instead of being
    /// denied.
    pub keeps_waiting: bool,
    /// What missions are made with; absent where there are none.
    pub missions: Option<MissionSetup>,
    /// What sub-agents are made with; absent where there are none.
    pub subagents: Option<SubagentSetup>,
    /// What hooks are run with; absent where there are none.
    pub hooks: Option<HookSetup>,
    /// The servers of tools, for what a person says to them; absent where there are none.
    pub servers: Option<Arc<dyn ToolServers>>,
    /// The version of the program, for the log.
    pub version: &'static str,
}

/// Reaches another model of the same vendor; the error is a sentence for the person.
pub type Connector =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Arc<dyn Provider>, String>> + Send + Sync>;

/// Reaches the model that stands in for the session's own while that fails; the error is a sentence for the person.
pub type Fallback = Arc<dyn Fn() -> BoxFuture<'static, Result<Arc<dyn Provider>, String>> + Send + Sync>;

/// How a session comes to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A fresh one.
    New {
        /// The session it is started from.
        parent: Option<SessionId>,
    },
    /// One that exists.
    Resume(SessionId),
}

/// What the sandbox really does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfinementStatus {
    /// Whether some mechanism of the operating system confines commands.
    pub is_sandboxed: bool,
}

/// A session that runs.
#[derive(Debug)]
pub struct Running {
    /// Its id.
    pub session: SessionId,
    /// What the front end asks.
    pub ops: mpsc::Sender<Op>,
    /// What the engine tells: first the records of a resumed session, at the end [`Update::Closed`].
    pub updates: mpsc::Receiver<Update>,
    /// Resolves when the engine has ended.
    pub finished: JoinHandle<()>,
}

/// Why a session could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
