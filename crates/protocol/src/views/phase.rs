//! Where the run stands (HARNESS W1).

use std::collections::BTreeSet;

use super::View;
use crate::approval::Approver;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::{CallsGated, ResultStatus};
use crate::ids::CallId;
use crate::message::StopSignal;
use crate::mode::ModeId;
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
    /// The mode of the running or last turn.
    pub mode: ModeId,
    /// How the last turn ended; absent while one runs.
    pub ended: Option<EndReason>,
    /// Milliseconds of the turn spent waiting for the person.
    pub waited_millis: u64,
    /// Whether another model stands in for the rest of the turn.
    pub has_fallen_back: bool,
    /// Answers in a row that broke off.
    pub cuts: u32,
    /// Calls that wait for the person: no counter, which a lost answer would leave wrong for ever.
    waiting: BTreeSet<CallId>,
    waits_since: Timestamp,
    /// When the person last answered, while nothing else has come of it: the next question belongs to the same wait.
    answered_at: Option<Timestamp>,
}

impl PhaseView {
    /// Whether a turn runs.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::WaitingHuman)
    }

    fn wait(&mut self, call: &CallId, now: Timestamp) {
        if !self.is_running() {
            return;
        }
        if self.waiting.is_empty() {
            self.waits_since = self.answered_at.take().unwrap_or(now);
        }
        self.waiting.insert(call.clone());
        self.phase = Phase::WaitingHuman;
    }

    fn go_on(&mut self, call: &CallId, now: Timestamp) {
        let was_waited_for = self.waiting.remove(call);
        if was_waited_for && self.waiting.is_empty() && self.phase == Phase::WaitingHuman {
            self.waited_millis += now.millis_since(self.waits_since);
            self.phase = Phase::Running;
        }
    }
}

impl View for PhaseView {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(started) = &record.event {
            let (turn, mode) = (started.turn, started.mode);
            *self = Self { phase: Phase::Running, turn, mode, ..Self::default() };
        } else if let Event::ApprovalRequested(asked) = &record.event {
            self.wait(&asked.call, record.at);
        } else if let Event::QuestionAsked(asked) = &record.event {
            self.wait(&asked.question.call, record.at);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.go_on(&given.call, record.at);
            self.answered_at =
                Some(record.at).filter(|_| given.by == Approver::Person && self.waiting.is_empty());
        } else if let Event::ToolReturned(returned) = &record.event {
            self.go_on(&returned.call, record.at);
            // What was answered with no has its result before the next question is asked.
            self.answered_at = self.answered_at.filter(|_| returned.status != ResultStatus::Ran);
        } else if let Event::FellBack(other) = &record.event
            && !other.of_children
        {
            (self.has_fallen_back, self.cuts) = (true, 0);
        } else if let Event::ModelChanged(_) = &record.event {
            // The chosen one is asked again, also where another process goes on with the turn.
            (self.has_fallen_back, self.cuts) = (false, 0);
        } else if let Event::RequestSent(_) | Event::CallsGated(CallsGated { is_passed: true, .. }) =
            &record.event
        {
            self.answered_at = None;
        } else if let Event::AnswerCut(cut) = &record.event {
            self.cuts = cut.times;
        } else if let Event::AssistantMessage(said) = &record.event
            && said.stop != StopSignal::Interrupted
        {
            self.cuts = 0;
        } else if let Event::TurnEnded(ended) = &record.event {
            self.phase = if ended.reason == EndReason::Done { Phase::Completed } else { Phase::Failed };
            self.ended = Some(ended.reason);
            self.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests;
