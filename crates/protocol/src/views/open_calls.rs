//! Calls that have no result yet.

use foldhash::HashSet;

use super::View;
use crate::event::Event;
use crate::events::{RepairKind, ResultStatus};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::{ASK_TOOL, Question};

/// Calls without a terminal result, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenCalls {
    calls: Vec<PendingCall>,
    known: HashSet<CallId>,
    prefix: String,
    is_gated: bool,
    question: Option<Question>,
}

/// A call without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCall {
    /// The call.
    pub call: CallId,
    /// The tool.
    pub name: String,
    /// Whether it waits for an approval.
    pub is_waiting: bool,
}

impl OpenCalls {
    /// The open calls, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &PendingCall> {
        self.calls.iter()
    }

    /// Whether every call has its result.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether the session has ever seen this id.
    pub fn is_known(&self, call: &CallId) -> bool {
        self.known.contains(call)
    }

    /// How many calls the session has made.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether the open calls stand at the gate: none of them has begun.
    pub fn is_gated(&self) -> bool {
        self.is_gated
    }

    /// The question of an open call that only asks, as it was put.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// What the ids of calls begin with here: those of a sub-agent differ from those of the sessions beside it, since
    /// approvals and passing events name nothing but a call.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    fn set_waiting(&mut self, call: &CallId, is_waiting: bool) {
        if let Some(open) = self.calls.iter_mut().find(|open| open.call == *call) {
            open.is_waiting = is_waiting;
        }
    }
}

impl View for OpenCalls {
    fn apply(&mut self, record: &Record) {
        if let Event::ToolCalled(called) = &record.event {
            self.known.insert(called.request.call.clone());
            self.calls.push(PendingCall {
                call: called.request.call.clone(),
                name: called.request.name.clone(),
                is_waiting: false,
            });
        } else if let Event::ApprovalRequested(asked) = &record.event {
            self.set_waiting(&asked.call, true);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.set_waiting(&given.call, false);
        } else if let Event::QuestionAsked(asked) = &record.event {
            let is_ask = |open: &PendingCall| open.call == asked.question.call && open.name == ASK_TOOL;
            self.question =
                self.calls.iter().any(is_ask).then(|| asked.question.clone()).or(self.question.take());
        } else if let Event::CallsGated(gated) = &record.event {
            self.is_gated = !gated.is_passed;
        } else if let Event::AssistantMessage(_) | Event::TurnEnded(_) = &record.event {
            self.is_gated = false;
        } else if let Event::Repaired(repaired) = &record.event {
            // Of a damaged log nobody knows what is missing behind the gate.
            self.is_gated &= repaired.kind != RepairKind::Quarantined;
        } else if let Event::ToolReturned(returned) = &record.event {
            self.is_gated &= !matches!(returned.status, ResultStatus::Ran | ResultStatus::Lost);
            self.calls.retain(|open| open.call != returned.call);
            self.question.take_if(|question| question.call == returned.call);
        } else if let Event::SubagentStarted(started) = &record.event
            && started.opened == record.session
        {
            self.prefix = format!("a{}-", started.number);
        }
    }
}
