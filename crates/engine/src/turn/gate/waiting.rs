//! A question that waits for the person: put once, and found again by the process that goes on with the turn (HARNESS W3).

use std::borrow::Cow;
use std::time::Duration;

use headwater_policy::Decision;
use headwater_protocol::events::{ApprovalGiven, ApprovalRequested, CallsGated, RepairKind};
use headwater_protocol::{ApprovalDecision, Approver, CallId, Event, Timestamp, ToolCall};

use crate::turn::held::has_mark;
use crate::turn::{Turn, TurnError};

/// A question of this turn, and the answer to it, if there is one.
struct Earlier<'t> {
    asked: &'t ApprovalRequested,
    at: Timestamp,
    answer: Option<&'t ApprovalDecision>,
}

impl Turn<'_> {
    /// Whether what asks here can wait longer than this process.
    fn can_wait(&self) -> bool {
        let desk = &self.parts.desk;
        let is_own = !self.ledger.state().session.is_subagent;
        is_own && (desk.is_attended() || desk.keeps_waiting())
    }

    /// Whether a question waits for an answer from another process, since nobody is here.
    pub(in crate::turn) fn is_left_to_others(&self) -> bool {
        self.can_wait() && !self.parts.desk.is_attended()
    }

    /// From the first question on nothing of the message begins before all of it is decided on.
    pub(in crate::turn) async fn stand(&mut self) -> Result<(), TurnError> {
        if self.can_wait() && !self.ledger.state().open_calls.is_gated() {
            let unredacted = std::mem::take(&mut self.unredacted);
            self.ledger.record(CallsGated { is_passed: false, unredacted }).await?;
        }
        Ok(())
    }

    /// All calls of the message are decided on.
    pub(super) async fn pass(&mut self) -> Result<(), TurnError> {
        if self.ledger.state().open_calls.is_gated() {
            self.ledger.record(CallsGated { is_passed: true, unredacted: Vec::new() }).await?;
        }
        Ok(())
    }

    /// Whether this question was put before and is open, or has the person's answer: nobody is to hear it twice.
    pub(super) fn was_put(&self, asked: &ApprovalRequested) -> bool {
        self.earlier(&asked.call).any(|earlier| self.is_same(earlier.asked, asked))
    }

    /// A question that was put wants its answer, also where nothing would ask it by now; a no of today needs none.
    pub(super) fn as_put(&self, call: &ToolCall, decision: Decision) -> Decision {
        let open = self.earlier(&call.call).next().filter(|earlier| earlier.answer.is_none());
        match (decision, open.map(|earlier| earlier.asked.clone())) {
            (Decision::Allow { confinement, .. }, Some(put)) => {
                let ApprovalRequested { rule, why, offers, effect, is_catastrophic, .. } = put;
                Decision::Ask { rule, why, offers, is_catastrophic, confinement, effect }
            }
            (decision, _) => decision,
        }
    }

    /// The answer that the person gave to this question before its turn was cut off. One to another input, or to something
    /// less grave, is none.
    pub(super) fn answered_before(&self, asked: &ApprovalRequested) -> Option<ApprovalDecision> {
        self.earlier(&asked.call).find_map(|earlier| {
            let is_graver = asked.is_catastrophic && !earlier.asked.is_catastrophic;
            let is_meant = !is_graver && self.is_of_same_input(earlier.asked, asked);
            earlier.answer.filter(|answer| is_meant && is_whole(answer)).cloned()
        })
    }

    /// How long a question still waits, by the times in the log; `None` without end.
    pub(super) fn left_to_answer(&self, call: &CallId) -> Option<Duration> {
        let most = Duration::from_secs(self.parts.limits.max_approval_seconds?);
        let since = self.earlier(call).next().map_or_else(|| self.ledger.now(), |earlier| earlier.at);
        Some(most.saturating_sub(Duration::from_millis(self.ledger.now().millis_since(since))))
    }

    /// The questions about a call of the last message that are open or were answered by the person, the newest first. Hooks
    /// are heard anew, and what stands before damage of the log is nobody's word.
    fn earlier(&self, call: &CallId) -> impl Iterator<Item = Earlier<'_>> {
        let call = call.clone();
        let mut given: Option<&ApprovalGiven> = None;
        let newest_first = self.ledger.records().iter().rev();
        let of_message = newest_first.take_while(|record| !is_before_message(&record.event));
        of_message.filter_map(move |record| {
            if let Event::ApprovalGiven(answer) = &record.event
                && answer.call == call
            {
                given = Some(answer);
            } else if let Event::ApprovalRequested(asked) = &record.event
                && asked.call == call
            {
                let given = given.take();
                let is_persons = given.is_none_or(|given| given.by == Approver::Person);
                let answer = given.map(|given| &given.decision);
                return is_persons.then_some(Earlier { asked, at: record.at, answer });
            }
            None
        })
    }

    fn is_same(&self, put: &ApprovalRequested, asked: &ApprovalRequested) -> bool {
        let redactor = self.ledger.redactor();
        let clean = |text: &str| redactor.text(text).into_owned();
        let asked = &self.without_secret_offers(asked.clone());
        self.is_of_same_input(put, asked)
            && put.is_catastrophic == asked.is_catastrophic
            && put.offers == asked.offers
            && [(&put.rule, &asked.rule), (&put.why, &asked.why), (&put.effect, &asked.effect)]
                .into_iter()
                .all(|(put, asked)| *put == clean(asked))
    }

    /// As the log has it: without secrets.
    fn is_of_same_input(&self, put: &ApprovalRequested, asked: &ApprovalRequested) -> bool {
        let redactor = self.ledger.redactor();
        put.input == asked.input.as_ref().map(|input| redactor.value(input).into_owned())
    }

    /// Leaves out offers that hold a secret: a rule is kept as it is shown, and one without its secret would match nothing.
    pub(super) fn without_secret_offers(&self, mut asked: ApprovalRequested) -> ApprovalRequested {
        let redactor = self.ledger.redactor();
        if asked.offers.iter().any(|offer| matches!(redactor.text(offer), Cow::Owned(_))) {
            asked.offers.clear();
        }
        asked
    }
}

/// What stands between the last message of the model and what was before it, seen from the end.
fn is_before_message(event: &Event) -> bool {
    if let Event::Repaired(repaired) = event {
        return repaired.kind == RepairKind::Quarantined;
    }
    matches!(event, Event::AssistantMessage(_) | Event::TurnStarted(_))
}

/// Whether an answer can be taken as the log has it: an edited input may have lost a secret.
fn is_whole(answer: &ApprovalDecision) -> bool {
    match answer {
        ApprovalDecision::Edit { input } => !has_mark(input),
        ApprovalDecision::Allow | ApprovalDecision::Deny { .. } => true,
    }
}
