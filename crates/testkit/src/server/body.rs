//! The body of an answer: steps sent one by one, with an end that may be none.

use super::log::{Log, Outcome, Place};
use super::plan::{End, Step};
use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A body which hyper pulls from a task that walks through the steps.
pub(crate) struct StepBody {
    frames: mpsc::Receiver<io::Result<Bytes>>,
    cut: Option<io::Error>,
}

impl StepBody {
    pub(crate) fn start(steps: Vec<Step>, end: End, verdict: Verdict) -> Self {
        let (sender, frames) = mpsc::channel(1);
        tokio::spawn(async move { walk(steps, end, sender, verdict).await });
        Self { frames, cut: None }
    }
}

impl Body for StepBody {
    type Data = Bytes;
    type Error = io::Error;

    /// A cut is handed on one poll late: hyper flushes what it has whenever a body is pending, and on an error it
    /// closes without flushing, which would take the bytes before the cut along.
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(error) = self.cut.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match self.frames.poll_recv(cx) {
            Poll::Ready(Some(Err(error))) => {
                self.cut = Some(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Some(Ok(bytes))) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The outcome of one request, told to the log when dropped: a client that leaves drops everything that served it.
pub(crate) struct Verdict {
    log: Arc<Log>,
    place: Place,
    outcome: Outcome,
}

impl Verdict {
    pub(crate) fn new(log: Arc<Log>, place: Place) -> Self {
        Self { log, place, outcome: Outcome::ClientLeft }
    }

    pub(crate) fn is(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        self.log.end(self.place, self.outcome);
    }
}

async fn walk(steps: Vec<Step>, end: End, sender: mpsc::Sender<io::Result<Bytes>>, verdict: Verdict) {
    for step in steps {
        let goes_on = tokio::select! {
            biased;
            () = sender.closed() => false,
            goes_on = take(step, &sender) => goes_on,
        };
        if !goes_on {
            return;
        }
    }
    match end {
        End::Complete => verdict.is(Outcome::Complete),
        End::Cut => {
            if sender.send(Err(io::Error::other("cut by the script"))).await.is_ok() {
                verdict.is(Outcome::Cut);
            }
        }
        End::Stall => sender.closed().await,
    }
}

/// Takes one step; false when nobody listens any more.
async fn take(step: Step, sender: &mpsc::Sender<io::Result<Bytes>>) -> bool {
    match step {
        Step::Chunk(bytes) if bytes.is_empty() => true,
        Step::Chunk(bytes) => sender.send(Ok(bytes)).await.is_ok(),
        Step::Pause(wait) => {
            tokio::time::sleep(wait).await;
            true
        }
        Step::Hold(gate) => {
            gate.passed().await;
            true
        }
    }
}
