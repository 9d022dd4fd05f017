//! What was asked of the person, and the rules that were given.

use super::View;
use crate::approval::{ApprovalDecision, ApprovalScope, Approver};
use crate::event::Event;
use crate::events::ApprovalRequested;
use crate::record::Record;

/// Approvals of the session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// Requests without an answer, oldest first.
    pub waiting: Vec<ApprovalRequested>,
    /// Rules which hold until the session ends.
    pub session_rules: Vec<String>,
    /// Calls of the running turn that were denied because nobody was there.
    pub denied_unattended: u32,
    denied_steps: u32,
    step: Step,
}

/// The step under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Step {
    has_denial: bool,
    has_run: bool,
}

impl Approvals {
    /// Steps in a row in which calls were denied for want of a person and none ran, the running one included.
    pub fn denied_steps(&self) -> u32 {
        self.denied_steps + u32::from(self.step.has_denial && !self.step.has_run)
    }

    fn add(&mut self, rule: &String) {
        if !self.session_rules.contains(rule) {
            self.session_rules.push(rule.clone());
        }
    }

    fn step_ended(&mut self) {
        self.denied_steps = if self.step.has_run { 0 } else { self.denied_steps() };
        self.step = Step::default();
    }
}

impl View for Approvals {
    fn apply(&mut self, record: &Record) {
        if let Event::ApprovalRequested(asked) = &record.event {
            // What has changed meanwhile is asked anew, and the question before it is gone.
            self.waiting.retain(|waiting| waiting.call != asked.call);
            self.waiting.push(asked.clone());
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.waiting.retain(|asked| asked.call != given.call);
            if given.by == Approver::Nobody && matches!(given.decision, ApprovalDecision::Deny { .. }) {
                self.denied_unattended += 1;
                self.step.has_denial = true;
            }
            if given.scope == ApprovalScope::Session {
                given.rules.iter().for_each(|rule| self.add(rule));
            }
        } else if let Event::RuleAdded(added) = &record.event {
            if added.scope == ApprovalScope::Session {
                self.add(&added.rule);
            }
        } else if let Event::RuleRevoked(revoked) = &record.event {
            if revoked.scope == ApprovalScope::Session {
                self.session_rules.retain(|rule| *rule != revoked.rule);
            }
        } else if let Event::ToolReturned(returned) = &record.event {
            self.waiting.retain(|asked| asked.call != returned.call);
            self.step.has_run |= returned.status == crate::events::ResultStatus::Ran;
        } else if let Event::RequestSent(_) = &record.event {
            self.step_ended();
        } else if let Event::TurnStarted(_) = &record.event {
            self.denied_unattended = 0;
            self.denied_steps = 0;
            self.step = Step::default();
        }
    }
}
