//! Questions that tools ask while they run. One of `ask_user` outlives its process, like a call that waits for a yes (HARNESS
//! W3): nothing else of its message runs meanwhile, so that the turn stands as it does at the gate.

use headwater_protocol::events::{CallsGated, QuestionAsked};
use headwater_protocol::tool::Question;
use headwater_protocol::{CallId, Capability, ModeId};

use super::gate::Admitted;
use super::{Turn, TurnError};

impl Turn<'_> {
    /// Puts a question before the person; one that was put by an earlier process is put once only in the log. Where another
    /// process is to answer it, the turn stands.
    pub(super) async fn put(&mut self, question: Question) -> Result<(), TurnError> {
        let message = format!("A question is asked: {}", question.text);
        let can_outlive = self.is_of_ask_tool(&question) && self.may_leave_questions();
        if can_outlive {
            self.stand().await?;
        }
        let put = self.ledger.state().open_calls.question();
        if put.is_none_or(|put| put.call != question.call) {
            self.ledger.record(QuestionAsked { question }).await?;
        }
        self.notify("elicitation_dialog", message);
        self.ledger.commit();
        if can_outlive && self.is_left_to_others() { Err(TurnError::Interrupted) } else { Ok(()) }
    }

    /// Whether a question here may wait longer than this process: those of research and of sub-agents end with their work.
    fn may_leave_questions(&self) -> bool {
        let state = self.ledger.state();
        state.phase.mode != ModeId::Recursive && !state.session.is_subagent
    }

    /// Whether somebody may answer what this call asks: a person who is here, or one who answers from another process.
    pub(super) fn is_heard(&self, call: &CallId) -> bool {
        if self.parts.desk.is_attended() {
            return true;
        }
        let is_left = self.is_left_to_others() && self.may_leave_questions();
        if is_left {
            self.parts.desk.let_wait(call);
        }
        is_left
    }

    fn is_of_ask_tool(&self, question: &Question) -> bool {
        let call = self.ledger.state().conversation.call(&question.call);
        let tool = call.and_then(|call| self.parts.tools.find(&call.name));
        tool.is_some_and(|tool| tool.spec.capability == Capability::Ask)
    }

    /// Whether the question of this call is left open: the process ends, and the turn stands.
    pub(super) fn is_left_open(&self, admitted: &Admitted) -> bool {
        let question = self.ledger.state().open_calls.question();
        self.cancel.is_cancelled()
            && self.ledger.state().is_held()
            && question.is_some_and(|question| question.call == admitted.call.call)
    }

    /// Whether the first of these calls asks what an earlier process has asked: the turn stands until its answer is there.
    pub(super) fn stands_at_question(&self, admitted: &[Admitted]) -> bool {
        let question = self.ledger.state().open_calls.question();
        let first = admitted.first().map(|first| &first.call.call);
        question.is_some_and(|question| Some(&question.call) == first)
    }

    /// Its answer is there: what follows it begins.
    pub(super) async fn go_on_behind(&mut self, was_gated: bool) -> Result<(), TurnError> {
        if was_gated && !self.ledger.state().open_calls.is_gated() {
            self.ledger.record(CallsGated { is_passed: true, unredacted: Vec::new() }).await?;
        }
        Ok(())
    }
}
