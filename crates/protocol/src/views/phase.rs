//! Where the run stands (HARNESS W1).

use super::View;
use crate::end::EndReason;
use crate::event::Event;
use crate::record::Record;
use crate::time::Timestamp;

/// The phases of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No turn runs.
    #[default]
    Idle,
    /// A turn runs.
    Running,
    /// A turn runs and waits for a person.
    WaitingHuman,
    /// The last turn came to its end as wished.
    Completed,
    /// The last turn ended otherwise.
    Failed,
}

/// The phase, derived from the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhaseView {
    /// Where the run stands.
    pub phase: Phase,
    /// The number of the running or last turn.
    pub turn: u32,
    /// How the last turn ended; absent while one runs.
    pub ended: Option<EndReason>,
    /// Milliseconds of the turn spent waiting for the person.
    pub waited_millis: u64,
    waiting: u32,
    waits_since: Timestamp,
}

impl PhaseView {
    /// Whether a turn runs.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::WaitingHuman)
    }

    fn wait(&mut self, now: Timestamp) {
        if self.waiting == 0 {
            self.waits_since = now;
        }
        self.waiting += 1;
        self.phase = Phase::WaitingHuman;
    }

    fn go_on(&mut self, now: Timestamp) {
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 && self.phase == Phase::WaitingHuman {
            self.waited_millis += now.millis_since(self.waits_since);
            self.phase = Phase::Running;
        }
    }
}

impl View for PhaseView {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(started) = &record.event {
            *self = Self { phase: Phase::Running, turn: started.turn, ..Self::default() };
        } else if let Event::ApprovalRequested(_) | Event::QuestionAsked(_) = &record.event {
            self.wait(record.at);
        } else if let Event::ApprovalGiven(_) = &record.event {
            self.go_on(record.at);
        } else if let Event::ToolReturned(returned) = &record.event {
            if returned.name == crate::tool::ASK_TOOL {
                self.go_on(record.at);
            }
        } else if let Event::TurnEnded(ended) = &record.event {
            self.phase = if ended.reason == EndReason::Done { Phase::Completed } else { Phase::Failed };
            self.ended = Some(ended.reason);
            self.waiting = 0;
        }
    }
}
