//! While something runs: what the person says meanwhile. What concerns the running work is passed on at once,
//! everything else is kept for later.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use headwater_protocol::events::RuleRevoked;
use headwater_protocol::{Answer, CallId, Cancel, Delta, EndReason, Op, Query, Update};
use tokio::sync::mpsc;

use super::{Flow, servers, take_queued};
use crate::desk::{ApprovalAnswer, Received};
use crate::handshake::PersonWord;
use crate::parts::Parts;
use crate::sessions::SessionStore;

/// What can be done to running work from outside.
pub(super) struct Steering<'a> {
    pub(super) parts: &'a Parts,
    pub(super) store: &'a SessionStore,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) cancel: Cancel,
    /// Why it was cancelled: the first reason counts.
    pub(super) cancelled_as: Arc<OnceLock<EndReason>>,
    pub(super) later: &'a mut VecDeque<Op>,
    /// Rules that were withdrawn meanwhile, to be recorded afterwards.
    pub(super) revoked: Vec<RuleRevoked>,
    pub(super) flow: Flow,
}

impl<'a> Steering<'a> {
    pub(super) fn new(
        parts: &'a Parts,
        store: &'a SessionStore,
        updates: mpsc::Sender<Update>,
        later: &'a mut VecDeque<Op>,
    ) -> Self {
        let (cancel, cancelled_as) = (Cancel::new(), Arc::default());
        Self { parts, store, updates, cancel, cancelled_as, later, revoked: Vec::new(), flow: Flow::Continue }
    }

    /// Runs `work` to its end and takes ops meanwhile; `deadline` cancels it when it resolves first.
    pub(super) async fn run<T>(
        &mut self,
        ops: &mut mpsc::Receiver<Op>,
        deadline: impl Future<Output = ()>,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        let mut deadline = std::pin::pin!(deadline);
        let mut is_timed = true;
        loop {
            tokio::select! {
                biased;
                op = ops.recv(), if self.flow == Flow::Continue => self.take(op).await,
                () = &mut deadline, if is_timed => {
                    is_timed = false;
                    self.stop(EndReason::MaxTime);
                }
                outcome = &mut work => {
                    // Whatever it left behind ends with it.
                    self.cancel.cancel();
                    return outcome;
                }
            }
        }
    }

    async fn take(&mut self, op: Option<Op>) {
        match op {
            None | Some(Op::Shutdown) => {
                self.flow = Flow::End;
                self.stop(EndReason::Terminated);
            }
            Some(Op::Interrupt) => self.stop(EndReason::Interrupted),
            Some(Op::Approve { call, decision, scope }) => {
                self.approved(&call, ApprovalAnswer { decision, scope }).await;
            }
            Some(Op::AnswerQuestion { call, text }) => answered(self.parts.desk.answer(&call, text)),
            Some(Op::SetMode(mode)) => {
                self.later.retain(|op| !matches!(op, Op::SetMode(_)));
                self.later.push_front(Op::SetMode(mode));
                self.tell(Update::Delta(Delta::ModePending { mode })).await;
            }
            Some(Op::Submit { text }) => {
                self.later.push_back(Op::Submit { text });
                self.tell_queue().await;
            }
            Some(Op::Unqueue) => self.unqueue().await,
            Some(Op::RevokeRule { rule, scope }) => match self.parts.rulebook.revoke(&rule, scope) {
                Ok(()) => self.revoked.push(RuleRevoked { rule, scope }),
                Err(text) => self.tell(Update::Delta(Delta::Notice { text })).await,
            },
            Some(Op::UndoMission | Op::Rewind { .. } | Op::Redo) => {
                let text = "Nothing is taken back while something runs. Press Esc or wait, then try again.";
                self.tell(Update::Delta(Delta::Notice { text: text.to_owned() })).await;
            }
            Some(Op::DecideMission(decision)) => answered(self.parts.desk.decide(decision)),
            Some(Op::CancelSubagent { session }) => answered(self.parts.desk.cancel_subagent(&session)),
            Some(Op::DeclareContract(contract)) => self.parts.words.say(PersonWord::Contract(contract)),
            Some(Op::AcceptUncertainties { ids }) => self.parts.words.say(PersonWord::Accept(ids)),
            Some(Op::CancelChild { child, .. }) => answered(self.parts.desk.cancel_child(&child)),
            Some(Op::Query(query)) => match self.at_once(&query) {
                Some(answer) => self.tell(Update::Answer(answer)).await,
                None => self.later.push_back(Op::Query(query)),
            },
            Some(Op::SteerServer { name, word }) => {
                for update in servers::steer(self.parts, &name, &word) {
                    self.tell(update).await;
                }
            }
            Some(Op::ApproveHooks { digest }) => {
                let text = self.parts.hooks.approve(&digest);
                self.tell(Update::Delta(Delta::Notice { text })).await;
                self.tell(Update::Answer(Answer::Hooks(self.parts.hooks.list()))).await;
            }
            Some(
                op @ (Op::RunShell { .. }
                | Op::Compact { .. }
                | Op::SetModel { .. }
                | Op::SetTitle { .. }
                | Op::Fork { .. }),
            ) => {
                self.later.push_back(op);
            }
        }
    }

    /// The answer to a question that needs nothing of what runs.
    fn at_once(&self, query: &Query) -> Option<Answer> {
        match query {
            Query::Sessions => Some(sessions(self.store, self.parts)),
            Query::Permissions => Some(Answer::Permissions(self.parts.rulebook.list(None))),
            Query::Hooks => Some(Answer::Hooks(self.parts.hooks.list())),
            Query::Servers => Some(Answer::Servers(servers::list(self.parts))),
            Query::Projection | Query::RewindPoints | Query::RewindPreview { .. } => None,
        }
    }

    /// Hands an answer to whoever waits for it.
    async fn approved(&self, call: &CallId, answer: ApprovalAnswer) {
        match self.parts.desk.approve(call, answer) {
            Received::Taken => {}
            Received::TooLate => answered(false),
            Received::NotOffered => {
                let text = "A yes that lasts was not offered for this call; say yes or no to it alone.";
                self.tell(Update::Delta(Delta::Notice { text: text.to_owned() })).await;
            }
        }
    }

    /// Hands the queued messages back to the person.
    pub(super) async fn unqueue(&mut self) {
        let taken = take_queued(self.later);
        self.tell(Update::Answer(Answer::Unqueued(taken))).await;
        self.tell_queue().await;
    }

    fn stop(&self, reason: EndReason) {
        self.cancelled_as.get_or_init(|| reason);
        self.cancel.cancel();
    }

    async fn tell_queue(&self) {
        let count = self.later.iter().filter(|op| matches!(op, Op::Submit { .. })).count();
        self.tell(Update::Delta(Delta::Queued { count })).await;
    }

    async fn tell(&self, update: Update) {
        if self.updates.send(update).await.is_err() {
            tracing::debug!("the front end is gone");
        }
    }
}

/// The sessions of this workspace.
pub(super) fn sessions(store: &SessionStore, parts: &Parts) -> Answer {
    Answer::Sessions(store.conversations(&parts.workspace).unwrap_or_default())
}

fn answered(was_waiting: bool) {
    if !was_waiting {
        tracing::debug!("an answer came for something that no longer waits");
    }
}
