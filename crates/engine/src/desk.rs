//! Where a turn waits for the person: approvals and questions lie here until they are answered.

use std::collections::{HashMap, HashSet};
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

impl ApprovalAnswer {
    fn is_lasting_yes(&self) -> bool {
        match self.decision {
            ApprovalDecision::Allow => self.scope != ApprovalScope::Once,
            // An edited call and a no are for this call alone, whatever scope stands beside them.
            ApprovalDecision::Edit { .. } | ApprovalDecision::Deny { .. } => false,
        }
    }
}

/// The desk of one session. Clones share it.
#[derive(Clone)]
pub(crate) struct Desk {
    waiting: Arc<Mutex<Waiting>>,
    /// Questions on their way to the log.
    asked: mpsc::UnboundedSender<Question>,
    is_attended: bool,
    /// What waits for the person is left to another process, where none is here.
    keeps_waiting: bool,
    /// How long a question waits.
    patience: Option<Duration>,
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
    approvals: HashMap<CallId, AskedApproval>,
    /// Requests of an earlier process: their answer may come before their turn goes on.
    kept: HashMap<CallId, ExpectedApproval>,
    questions: HashMap<CallId, oneshot::Sender<Option<String>>>,
    /// Questions of an earlier process: their answer may come before they are put again.
    kept_questions: HashMap<CallId, ExpectedAnswer>,
    /// Calls whose questions another process may answer, where nobody is here.
    left_to_others: HashSet<CallId>,
}

/// A question that waits, and how long it still does.
#[derive(Debug)]
struct ExpectedAnswer {
    receiver: oneshot::Receiver<Option<String>>,
    left: Option<Duration>,
}

/// An approval request that lies here.
#[derive(Debug)]
struct AskedApproval {
    sender: oneshot::Sender<ApprovalAnswer>,
    has_offers: bool,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Whoever waited has it.
    Taken,
    /// Nothing waits for it.
    TooLate,
    /// It says yes for longer than was offered: it is none, and the request waits on.
    NotOffered,
}

impl Desk {
    /// A desk, and where its questions come out.
    pub(crate) fn new(Attendance { is_attended, keeps_waiting, patience }: Attendance) -> (Self, DeskOut) {
        let (asked, questions) = mpsc::unbounded_channel();
        let (decided, decisions) = mpsc::unbounded_channel();
        let (waiting, pool, subagents) = Default::default();
        let desk = Self { waiting, asked, is_attended, keeps_waiting, patience, decided, pool, subagents };
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

    /// Whether what waits for a person is left to another process.
    pub(crate) fn keeps_waiting(&self) -> bool {
        self.keeps_waiting
    }

    /// Lays out an approval request, so that it can be answered from now on: with a lasting yes only where rules are offered
    /// that it would save. One that was laid out before is taken up where it is the same question; an answer to another is none.
    pub(crate) fn expect(&self, call: &CallId, offers: &[String], is_put: bool) -> ExpectedApproval {
        let mut waiting = self.lock();
        let kept = waiting.kept.remove(call).filter(|_| is_put);
        kept.unwrap_or_else(|| waiting.expected(call, offers))
    }

    /// Lays out a request of an earlier process, whose turn has not gone on yet.
    pub(crate) fn keep(&self, call: &CallId, offers: &[String]) {
        let mut waiting = self.lock();
        let expected = waiting.expected(call, offers);
        waiting.kept.insert(call.clone(), expected);
    }

    /// Lays out a question of an earlier process, whose turn has not gone on yet, for as long as it still waits.
    pub(crate) fn keep_question(&self, call: &CallId, left: Option<Duration>) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.questions.insert(call.clone(), sender);
        waiting.kept_questions.insert(call.clone(), ExpectedAnswer { receiver, left });
    }

    /// Lets what this call asks wait for another process, where nobody is here.
    pub(crate) fn let_wait(&self, call: &CallId) {
        self.lock().left_to_others.insert(call.clone());
    }

    /// Answers an approval request.
    pub(crate) fn approve(&self, call: &CallId, answer: ApprovalAnswer) -> Received {
        let mut waiting = self.lock();
        let Some(asked) = waiting.approvals.remove(call) else { return Received::TooLate };
        if !asked.has_offers && answer.is_lasting_yes() {
            waiting.approvals.insert(call.clone(), asked);
            return Received::NotOffered;
        }
        if asked.sender.send(answer).is_ok() { Received::Taken } else { Received::TooLate }
    }

    /// Answers a question; false when nothing waits for it.
    pub(crate) fn answer(&self, call: &CallId, text: Option<String>) -> bool {
        let waiting = self.lock().questions.remove(call);
        waiting.is_some_and(|sender| sender.send(text).is_ok())
    }

    /// Where the answer to a question comes in: the place that was kept for it, if one was.
    fn expect_answer(&self, call: &CallId) -> ExpectedAnswer {
        let mut waiting = self.lock();
        if let Some(kept) = waiting.kept_questions.remove(call) {
            return kept;
        }
        let (sender, receiver) = oneshot::channel();
        waiting.questions.insert(call.clone(), sender);
        ExpectedAnswer { receiver, left: self.patience }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is at a desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attendance {
    /// Whether a person is there.
    pub(crate) is_attended: bool,
    /// Whether what waits for one is left to another process.
    pub(crate) keeps_waiting: bool,
    /// How long a question waits.
    pub(crate) patience: Option<Duration>,
}

impl Waiting {
    fn expected(&mut self, call: &CallId, offers: &[String]) -> ExpectedApproval {
        let (sender, receiver) = oneshot::channel();
        let asked = AskedApproval { sender, has_offers: !offers.is_empty() };
        self.approvals.insert(call.clone(), asked);
        ExpectedApproval { receiver }
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
#[derive(Debug)]
pub(crate) struct ExpectedApproval {
    receiver: oneshot::Receiver<ApprovalAnswer>,
}

/// What became of an approval request.
pub(crate) enum Waited {
    /// The person answered.
    Answered(ApprovalAnswer),
    /// There is none: the turn was interrupted first, or another process is to answer.
    Interrupted,
    /// Nobody answered in time.
    Expired,
}

impl ExpectedApproval {
    /// Waits for the answer, no longer than the time that is left, if there is an end to it. Too late is too late,
    /// whatever was said by then.
    pub(crate) async fn answer(self, cancel: &Cancel, left: Option<Duration>) -> Waited {
        if left.is_some_and(|left| left.is_zero()) {
            return Waited::Expired;
        }
        tokio::select! {
            answer = self.receiver => answer.map_or(Waited::Interrupted, Waited::Answered),
            () = cancel.cancelled() => Waited::Interrupted,
            () = after(left) => Waited::Expired,
        }
    }

    /// The answer that is there already; without one it waits on in the log.
    pub(crate) fn answer_at_once(mut self, left: Option<Duration>) -> Waited {
        if left.is_some_and(|left| left.is_zero()) {
            return Waited::Expired;
        }
        self.receiver.try_recv().map_or(Waited::Interrupted, Waited::Answered)
    }
}

/// Resolves after this time; never where there is none.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

impl Person for Desk {
    fn ask(&self, question: Question) -> BoxFuture<'static, Option<String>> {
        if !self.is_attended && !self.lock().left_to_others.contains(&question.call) {
            return futures_util::future::ready(None).boxed();
        }
        let ExpectedAnswer { mut receiver, left } = self.expect_answer(&question.call);
        // Too late is too late, whatever was said by then.
        if left.is_some_and(|left| left.is_zero()) {
            return futures_util::future::ready(None).boxed();
        }
        if let Ok(answer) = receiver.try_recv() {
            return futures_util::future::ready(answer).boxed();
        }
        if self.asked.send(question).is_err() {
            return futures_util::future::ready(None).boxed();
        }
        async move {
            tokio::select! {
                answer = receiver => answer.ok().flatten(),
                () = after(left) => None,
            }
        }
        .boxed()
    }
}
