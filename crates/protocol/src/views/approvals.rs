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
    /// Steps in a row whose every call was denied.
    pub denials_in_a_row: u32,
}

impl View for Approvals {
    fn apply(&mut self, record: &Record) {
        if let Event::ApprovalRequested(asked) = &record.event {
            self.waiting.push(asked.clone());
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.waiting.retain(|asked| asked.call != given.call);
            if given.by == Approver::Nobody && matches!(given.decision, ApprovalDecision::Deny { .. }) {
                self.denied_unattended += 1;
                self.denials_in_a_row += 1;
            }
        } else if let Event::RuleAdded(added) = &record.event {
            if added.scope == ApprovalScope::Session && !self.session_rules.contains(&added.rule) {
                self.session_rules.push(added.rule.clone());
            }
        } else if let Event::RuleRevoked(revoked) = &record.event {
            if revoked.scope == ApprovalScope::Session {
                self.session_rules.retain(|rule| *rule != revoked.rule);
            }
        } else if let Event::ToolReturned(returned) = &record.event {
            self.waiting.retain(|asked| asked.call != returned.call);
            if returned.status == crate::events::ResultStatus::Ran {
                self.denials_in_a_row = 0;
            }
        } else if let Event::TurnStarted(_) = &record.event {
            self.denied_unattended = 0;
            self.denials_in_a_row = 0;
        }
    }
}
