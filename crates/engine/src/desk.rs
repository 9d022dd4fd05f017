//! Where a turn waits for the person: approvals and questions lie here until they are answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::op::MissionDecision;
use headwater_protocol::tool::{Person, Question};
use headwater_protocol::{ApprovalDecision, ApprovalScope, CallId, Cancel, ChildId, SessionId};
use tokio::sync::{mpsc, oneshot};

use crate::children::Pool;

/// An answer to an approval request.
#[derive(Clone, Debug)]
pub(crate) struct ApprovalAnswer {
    pub(crate) decision: ApprovalDecision,
    pub(crate) scope: ApprovalScope,
}

/// The desk of one session. Clones share it.
#[derive(Clone)]
pub(crate) struct Desk {
    waiting: Arc<Mutex<Waiting>>,
    /// Questions on their way to the log.
    asked: mpsc::UnboundedSender<Question>,
    is_attended: bool,
    /// Decisions about the card of a mission that runs.
    decided: mpsc::UnboundedSender<MissionDecision>,
    /// The children of the mission that runs.
    pool: Arc<Mutex<Option<Pool>>>,
    /// What ends each sub-agent at work.
    subagents: Arc<Mutex<HashMap<SessionId, Cancel>>>,
}

/// What comes out of a desk: questions for the log, and decisions about a running mission's card.
#[derive(Debug)]
pub(crate) struct DeskOut {
    pub(crate) questions: mpsc::UnboundedReceiver<Question>,
    pub(crate) decisions: mpsc::UnboundedReceiver<MissionDecision>,
}

#[derive(Debug, Default)]
struct Waiting {
    approvals: HashMap<CallId, oneshot::Sender<ApprovalAnswer>>,
    questions: HashMap<CallId, oneshot::Sender<Option<String>>>,
}

impl Desk {
    /// A desk, and where its questions come out.
    pub(crate) fn new(is_attended: bool) -> (Self, DeskOut) {
        let (asked, questions) = mpsc::unbounded_channel();
        let (decided, decisions) = mpsc::unbounded_channel();
        let (waiting, pool, subagents) = Default::default();
        let desk = Self { waiting, asked, is_attended, decided, pool, subagents };
        (desk, DeskOut { questions, decisions })
    }

    /// Hands a decision to the mission that runs; false when none does.
    pub(crate) fn decide(&self, decision: MissionDecision) -> bool {
        self.pool().is_some() && self.decided.send(decision).is_ok()
    }

    /// From now on the children of this pool can be cancelled.
    pub(crate) fn look_after(&self, pool: &Pool) {
        *self.pool() = Some(pool.clone());
    }

    /// The mission has ended.
    pub(crate) fn let_go(&self) {
        *self.pool() = None;
    }

    /// Cancels one child; false when it is not asked.
    pub(crate) fn cancel_child(&self, child: &ChildId) -> bool {
        self.pool().as_ref().is_some_and(|pool| pool.cancel_child(child))
    }

    /// From now on this sub-agent can be cancelled, until what comes back is dropped.
    pub(crate) fn seat(&self, session: &SessionId, cancel: Cancel) -> Seat {
        self.subagents().insert(session.clone(), cancel);
        Seat { desk: self.clone(), session: session.clone() }
    }

    /// Cancels one sub-agent; false when it does not work.
    pub(crate) fn cancel_subagent(&self, session: &SessionId) -> bool {
        self.subagents().get(session).map(Cancel::cancel).is_some()
    }

    fn subagents(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Cancel>> {
        self.subagents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Option<Pool>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a person is there.
    pub(crate) fn is_attended(&self) -> bool {
        self.is_attended
    }

    /// Lays out an approval request, so that it can be answered from now on.
    pub(crate) fn expect(&self, call: &CallId) -> ExpectedApproval {
        let (sender, receiver) = oneshot::channel();
        self.lock().approvals.insert(call.clone(), sender);
        ExpectedApproval { receiver }
    }

    /// Answers an approval request; false when nothing waits for it.
    pub(crate) fn approve(&self, call: &CallId, answer: ApprovalAnswer) -> bool {
        let waiting = self.lock().approvals.remove(call);
        waiting.is_some_and(|sender| sender.send(answer).is_ok())
    }

    /// Answers a question; false when nothing waits for it.
    pub(crate) fn answer(&self, call: &CallId, text: Option<String>) -> bool {
        let waiting = self.lock().questions.remove(call);
        waiting.is_some_and(|sender| sender.send(text).is_ok())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sub-agent that can be cancelled.
pub(crate) struct Seat {
    desk: Desk,
    session: SessionId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.desk.subagents().remove(&self.session);
    }
}

/// An approval request that waits.
pub(crate) struct ExpectedApproval {
    receiver: oneshot::Receiver<ApprovalAnswer>,
}

/// What became of an approval request.
pub(crate) enum Waited {
    /// The person answered.
    Answered(ApprovalAnswer),
    /// The turn was interrupted first.
    Interrupted,
    /// Nobody answered in time.
    Expired,
}

impl ExpectedApproval {
    /// Waits for the answer, no longer than so many seconds if they are given. What is answered later is told so.
    pub(crate) async fn answer(self, cancel: &Cancel, seconds: Option<u64>) -> Waited {
        let expiry = async {
            match seconds {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            answer = self.receiver => answer.map_or(Waited::Interrupted, Waited::Answered),
            () = cancel.cancelled() => Waited::Interrupted,
            () = expiry => Waited::Expired,
        }
    }
}

impl Person for Desk {
    fn ask(&self, question: Question) -> BoxFuture<'static, Option<String>> {
        if !self.is_attended {
            return futures_util::future::ready(None).boxed();
        }
        let (sender, receiver) = oneshot::channel();
        self.lock().questions.insert(question.call.clone(), sender);
        if self.asked.send(question).is_err() {
            return futures_util::future::ready(None).boxed();
        }
        async move { receiver.await.ok().flatten() }.boxed()
    }
}
