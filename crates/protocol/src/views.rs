//! Views: every state of a run is a fold over its records. One file each; [`RunState`] is the set.
//!
//! To add one: a file here, a field in [`RunState`] and a line in its `apply`.

mod approvals;
mod artifacts;
mod budget;
mod cache;
mod checkpoint;
mod children;
mod contract;
mod conversation;
mod files_seen;
mod headway;
mod lost_calls;
mod made;
mod mission;
mod open_calls;
mod phase;
mod progress;
mod relief;
mod reminders;
mod rewinds;
mod server;
mod settings;
mod subagents;
mod taint;
mod todos;
mod tool_health;
mod tool_results;
mod uncertainties;

pub use approvals::Approvals;
pub use artifacts::{Artifact, Artifacts};
pub use budget::Budget;
pub use cache::{Cache, CacheMiss, MissReason};
pub use checkpoint::{Checkpoint, Content, FileVersion, Gap, HeldFile, history};
pub use children::{Child, Children};
pub use contract::ContractView;
pub use conversation::{Conversation, Entry, Held, Piece, PieceKind};
pub use files_seen::{FilesSeen, SeenFile};
pub use headway::Headway;
pub use lost_calls::LostCalls;
pub use made::{Made, MadeFile};
pub use mission::{MissionPhase, MissionView};
pub use open_calls::{OpenCalls, PendingCall};
pub use phase::{Phase, PhaseView};
pub use progress::Progress;
pub use relief::Relief;
pub use reminders::{FILE_CHANGED, Idle, NAMED, Reminders};
pub use rewinds::{Redoable, Rewinds, Then};
pub use server::{Clearer, ServerKept};
pub use settings::SessionView;
pub use subagents::{Subagent, Subagents};
pub use taint::Taint;
pub use todos::Todos;
pub use tool_health::{Health, ToolHealth};
pub use tool_results::{LastResult, ToolResults};
pub use uncertainties::Uncertainties;

use crate::mode::ModeId;
use crate::record::Record;

/// A state derived from records, and from nothing else.
pub trait View: Default {
    /// Takes the next record into account.
    fn apply(&mut self, record: &Record);
}

/// Folds all of `records` into a view.
pub fn fold<'a, V: View>(records: impl IntoIterator<Item = &'a Record>) -> V {
    let mut view = V::default();
    records.into_iter().for_each(|record| view.apply(record));
    view
}

/// The whole state of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// Workspace, model, mode and header.
    pub session: SessionView,
    /// What the model has been shown.
    pub conversation: Conversation,
    /// Calls without a result.
    pub open_calls: OpenCalls,
    /// Calls of which nobody knows what they did.
    pub lost_calls: LostCalls,
    /// What was spent.
    pub budget: Budget,
    /// What the prefix cache did.
    pub cache: Cache,
    /// What the server keeps of the conversation.
    pub server: ServerKept,
    /// The todo list.
    pub todos: Todos,
    /// How the conversation was kept within its window.
    pub relief: Relief,
    /// What the harness told the model.
    pub reminders: Reminders,
    /// What was asked and answered; the rules given in this session.
    pub approvals: Approvals,
    /// Files read and written, with their digests.
    pub files: std::sync::Arc<FilesSeen>,
    /// Whether the turn gets anywhere.
    pub progress: Progress,
    /// Whether the work does.
    pub headway: Headway,
    /// What must hold before "done" is believed.
    pub contract: ContractView,
    /// What is assumed or not known.
    pub uncertainties: Uncertainties,
    /// What tools and commands came to last.
    pub results: ToolResults,
    /// How each tool does.
    pub tools: ToolHealth,
    /// Where the run stands.
    pub phase: PhaseView,
    /// The mission.
    pub mission: MissionView,
    /// Child models that were asked.
    pub children: Children,
    /// Sub-agents that were started.
    pub subagents: Subagents,
    /// What can be taken back.
    pub checkpoint: Checkpoint,
    /// What foreign text was read.
    pub taint: Taint,
    /// The messages one can go back to.
    pub rewinds: Rewinds<Then>,
}

impl RunState {
    /// Whether the turn stands at the gate: a person is to say whether a call may run, and nothing of the model's last
    /// message has begun. It waits on when the process ends (HARNESS W3). A mission waits with its card instead.
    pub fn is_held(&self) -> bool {
        let can_wait = self.phase.mode != ModeId::Recursive && !self.session.is_subagent;
        can_wait && self.phase.is_running() && self.open_calls.is_gated() && !self.open_calls.is_empty()
    }
}

impl View for RunState {
    fn apply(&mut self, record: &Record) {
        self.look_back(record);
        self.session.apply(record);
        self.conversation.apply(record);
        self.open_calls.apply(record);
        self.lost_calls.apply(record);
        self.budget.apply(record);
        self.cache.apply(record);
        self.server.apply(record);
        self.todos.apply(record);
        self.relief.apply(record);
        self.reminders.apply(record);
        self.approvals.apply(record);
        std::sync::Arc::make_mut(&mut self.files).apply(record);
        self.progress.apply(record);
        self.headway.apply(record);
        self.contract.apply(record);
        self.uncertainties.apply(record);
        self.results.apply(record);
        self.tools.apply(record);
        self.phase.apply(record);
        self.mission.apply(record);
        self.children.apply(record);
        self.subagents.apply(record);
        self.checkpoint.apply(record);
        self.taint.apply(record);
    }
}
