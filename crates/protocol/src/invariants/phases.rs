//! What may come when (HARNESS W1, R-I): nothing of a turn outside of one, no turn within another, and no turn that is
//! told as done although something failed in it or the model never answered.

use super::Violation;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::TurnEnded;
use crate::record::Record;

/// Where the run stands.
#[derive(Default)]
pub(super) struct Phases {
    is_running: bool,
    has_failed: bool,
    /// Whether a request of the turn has no answer yet.
    is_asked: bool,
}

impl Phases {
    pub(super) fn look(&mut self, record: &Record, violations: &mut Vec<Violation>) {
        let seq = record.seq;
        if let Event::TurnStarted(_) = &record.event {
            if self.is_running {
                violations.push(Violation::TurnWithin { seq });
            }
            *self = Self { is_running: true, ..Self::default() };
        } else if let Event::TurnEnded(ended) = &record.event {
            self.ended(seq, ended, violations);
        } else if let Event::Failed(_) = &record.event {
            self.has_failed = true;
        } else if is_of_a_turn(&record.event) {
            if !self.is_running {
                violations.push(Violation::OutsideTurn { seq });
            }
            if let Event::RequestSent(_) | Event::AnswerCut(_) = &record.event {
                self.is_asked = true;
            } else if let Event::AssistantMessage(_) = &record.event {
                self.is_asked = false;
            }
        }
    }

    fn ended(&mut self, seq: u64, ended: &TurnEnded, violations: &mut Vec<Violation>) {
        if !self.is_running {
            violations.push(Violation::OutsideTurn { seq });
        }
        if ended.reason == EndReason::Done && (self.has_failed || self.is_asked) {
            violations.push(Violation::Unmarked { seq });
        }
        *self = Self::default();
    }
}

/// Whether such a record is made by a running turn alone.
pub fn is_of_a_turn(event: &Event) -> bool {
    matches!(
        event,
        Event::RequestSent(_)
            | Event::AssistantMessage(_)
            | Event::AnswerCut(_)
            | Event::FellBack(_)
            | Event::ToolCalled(_)
            | Event::AttemptFailed(_)
            | Event::ApprovalRequested(_)
            | Event::QuestionAsked(_)
            | Event::FinalProposed(_)
            | Event::FinalAccepted(_)
            | Event::FinalRefused(_)
    )
}
