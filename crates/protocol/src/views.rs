//! Views: every state of a run is a fold over its records. One file each; [`RunState`] is the set.
//!
//! To add one: a file here, a field in [`RunState`] and a line in its `apply`.

mod approvals;
mod budget;
mod cache;
mod checkpoint;
mod children;
mod conversation;
mod files_seen;
mod mission;
mod open_calls;
mod phase;
mod progress;
mod relief;
mod settings;
mod todos;

pub use approvals::Approvals;
pub use budget::Budget;
pub use cache::{Cache, CacheMiss, MissReason};
pub use checkpoint::{Checkpoint, Content, HeldFile};
pub use children::{Child, Children};
pub use conversation::{Conversation, Entry, Held, Piece, PieceKind};
pub use files_seen::FilesSeen;
pub use mission::{MissionPhase, MissionView};
pub use open_calls::{OpenCalls, PendingCall};
pub use phase::{Phase, PhaseView};
pub use progress::Progress;
pub use relief::Relief;
pub use settings::SessionView;
pub use todos::Todos;

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
    /// What was spent.
    pub budget: Budget,
    /// What the prefix cache did.
    pub cache: Cache,
    /// The todo list.
    pub todos: Todos,
    /// How the conversation was kept within its window.
    pub relief: Relief,
    /// What was asked and answered; the rules given in this session.
    pub approvals: Approvals,
    /// Files read and written, with their digests.
    pub files: std::sync::Arc<FilesSeen>,
    /// Whether the turn gets anywhere.
    pub progress: Progress,
    /// Where the run stands.
    pub phase: PhaseView,
    /// The mission.
    pub mission: MissionView,
    /// Child models that were asked.
    pub children: Children,
    /// What can be taken back.
    pub checkpoint: Checkpoint,
}

impl View for RunState {
    fn apply(&mut self, record: &Record) {
        self.session.apply(record);
        self.conversation.apply(record);
        self.open_calls.apply(record);
        self.budget.apply(record);
        self.cache.apply(record);
        self.todos.apply(record);
        self.relief.apply(record);
        self.approvals.apply(record);
        std::sync::Arc::make_mut(&mut self.files).apply(record);
        self.progress.apply(record);
        self.phase.apply(record);
        self.mission.apply(record);
        self.children.apply(record);
        self.checkpoint.apply(record);
    }
}
