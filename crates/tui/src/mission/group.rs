//! Calls that belong together: those of one block, of research, of a plan; counted as their records come.

use headwater_protocol::events::{ChildReturned, ChildStarted, ChildStatus};
use headwater_protocol::repl::ChildKind;
use headwater_protocol::{Tokens, Usd};

use super::coverage::Coverage;

/// What calls have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// The block with this number asked them.
    Cell(u32),
    /// Research asked them.
    Research,
    /// A λ-plan outside of a block asked them.
    Plan,
    /// Anything else outside of a block.
    Other,
}

impl GroupKind {
    /// The group a call belongs to.
    pub fn of(started: &ChildStarted) -> Self {
        match (started.cell, started.kind) {
            (Some(cell), _) => Self::Cell(cell),
            (None, ChildKind::Probe) => Self::Research,
            (None, ChildKind::Plan) => Self::Plan,
            (None, ChildKind::Llm | ChildKind::Rlm) => Self::Other,
        }
    }
}

/// How a group, a call or a mission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on.
    Running,
    /// It went well.
    Done,
    /// It failed.
    Failed,
    /// It was stopped.
    Stopped,
}

/// Calls that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub kind: GroupKind,
    /// Their places among the children of the session, in the order in which they were asked.
    pub members: Vec<usize>,
    /// Those that are still asked.
    pub running: usize,
    /// Those that ended with an answer.
    pub answered: usize,
    /// Those that ended without one.
    pub failed: usize,
    /// Those that were cancelled.
    pub cancelled: usize,
    /// Those that the log answered.
    pub cached: usize,
    /// Prompt tokens of those that ended.
    pub input: Tokens,
    /// Generated tokens of those that ended.
    pub output: Tokens,
    /// What they cost, as far as known.
    pub cost: Usd,
    /// The bytes their prompts name.
    pub coverage: Coverage,
    /// When it began, in milliseconds of the screen's clock.
    pub since_ms: u64,
    /// The first line of the block, harmless.
    pub title: String,
    /// How the block ended; absent while it runs, and for what is no block.
    pub block: Option<BlockEnd>,
}

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEnd {
    /// Whether it stopped before its end.
    pub is_error: bool,
    /// How long it took, waiting for calls included.
    pub millis: u64,
}

impl Group {
    pub(super) fn new(kind: GroupKind, since_ms: u64) -> Self {
        Self {
            kind,
            members: Vec::new(),
            running: 0,
            answered: 0,
            failed: 0,
            cancelled: 0,
            cached: 0,
            input: Tokens(0),
            output: Tokens(0),
            cost: Usd(0.0),
            coverage: Coverage::default(),
            since_ms,
            title: String::new(),
            block: None,
        }
    }

    pub(super) fn started(&mut self, place: usize, started: &ChildStarted) {
        self.members.push(place);
        self.running += 1;
        self.coverage.add(&started.prompt);
    }

    pub(super) fn returned(&mut self, returned: &ChildReturned) {
        self.running = self.running.saturating_sub(1);
        match returned.status {
            ChildStatus::Ok | ChildStatus::Truncated => self.answered += 1,
            ChildStatus::Error | ChildStatus::Lost => self.failed += 1,
            ChildStatus::Cancelled => self.cancelled += 1,
        }
        self.cached += usize::from(is_cached(returned));
        self.input += returned.usage.input;
        self.output += returned.usage.output;
        self.cost += returned.cost_usd.unwrap_or_default();
    }

    /// Calls that came to their end.
    pub fn ended(&self) -> usize {
        self.answered + self.failed + self.cancelled
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let is_block = matches!(self.kind, GroupKind::Cell(_));
        match self.block {
            Some(end) if end.is_error => Standing::Failed,
            None if is_block || self.running > 0 => Standing::Running,
            Some(_) | None => Standing::Done,
        }
    }
}

/// Whether the log had the answer already: no request was made for it.
pub fn is_cached(returned: &ChildReturned) -> bool {
    returned.attempts == 0 && !returned.is_error
}
