//! Where a turn waits for the person: approvals and questions lie here until they are answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::tool::{Person, Question};
use headwater_protocol::{ApprovalDecision, ApprovalScope, CallId, Cancel};
use tokio::sync::{mpsc, oneshot};

/// An answer to an approval request.
#[derive(Clone, Debug)]
pub(crate) struct ApprovalAnswer {
    pub(crate) decision: ApprovalDecision,
    pub(crate) scope: ApprovalScope,
}

/// The desk of one session. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    waiting: Arc<Mutex<Waiting>>,
    /// Questions on their way to the log.
    asked: mpsc::UnboundedSender<Question>,
    is_attended: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    approvals: HashMap<CallId, oneshot::Sender<ApprovalAnswer>>,
    questions: HashMap<CallId, oneshot::Sender<Option<String>>>,
}

impl Desk {
    /// A desk, and where its questions come out.
    pub(crate) fn new(is_attended: bool) -> (Self, mpsc::UnboundedReceiver<Question>) {
        let (asked, questions) = mpsc::unbounded_channel();
        (Self { waiting: Arc::default(), asked, is_attended }, questions)
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

/// An approval request that waits.
pub(crate) struct ExpectedApproval {
    receiver: oneshot::Receiver<ApprovalAnswer>,
}

impl ExpectedApproval {
    /// Waits for the answer; `None` when the turn was interrupted first.
    pub(crate) async fn answer(self, cancel: &Cancel) -> Option<ApprovalAnswer> {
        tokio::select! {
            answer = self.receiver => answer.ok(),
            () = cancel.cancelled() => None,
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
