//! Follows a block to its end: answers what it asks, interrupts it at its deadline, and ends what does not react.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::CellRequest;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::asked::{Asked, Desk, Pending, interrupted, reply};
use super::clock::Clock;
use crate::process::{FromWorker, Heard, Kept, Outgoing, Process, Report};

/// How long an interrupted block may take to react before it is killed (RECURSIVE §6.6).
const GRACE: Duration = Duration::from_secs(2);

/// How a block ended.
pub(super) enum Ending {
    /// It came back, with its large variables beside the report, and why it was interrupted if it was.
    Returned(Box<Report>, Vec<Kept>, Option<Reason>),
    /// It did not react, or broke the rules of the channel; the worker must be ended.
    Unusable(&'static str, Option<Reason>),
    /// The worker ended by itself.
    Died,
}

/// Why a block was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It ran longer than it may.
    Deadline,
    /// Nobody wants it any more.
    Cancelled,
}

/// A block on its way.
pub(super) struct Running<'a> {
    process: &'a mut Process,
    desk: &'a Desk,
    cell: u32,
    clock: Clock,
    replies: FuturesUnordered<Pending>,
    /// Requests that wait, and whether that time is the block's own.
    open: Vec<(u64, bool)>,
    entries: Vec<Kept>,
    interrupted: Option<(Reason, Instant)>,
}

/// What happened next.
enum Happening {
    Heard(Heard),
    Replied(u64, Result<serde_json::Value, String>),
    MustStop(Reason),
    GraceOver,
}

/// Runs `request` to its end; returns how it ended, and what it ran and waited.
pub(super) async fn run(
    process: &mut Process,
    desk: &Desk,
    request: &CellRequest,
    limit: Duration,
    cancel: &Cancel,
) -> (Ending, Duration, Duration) {
    let sent = process.send(&json!({
        "op": "run", "cell": request.cell, "code": request.code, "interrupts": process.interrupts(),
    }));
    let mut running = Running {
        process,
        desk,
        cell: request.cell,
        clock: Clock::start(limit),
        replies: FuturesUnordered::new(),
        open: Vec::new(),
        entries: Vec::new(),
        interrupted: None,
    };
    let ending = match sent {
        Ok(()) => running.follow(cancel).await,
        Err(_stuck) => Ending::Unusable("it read nothing any more", None),
    };
    let (ran, waited) = running.clock.stop();
    (ending, ran, waited)
}

impl Running<'_> {
    async fn follow(&mut self, cancel: &Cancel) -> Ending {
        loop {
            let ending = match self.next(cancel).await {
                Happening::Heard(Heard::Message(message)) => self.heed(message),
                Happening::Heard(Heard::Nonsense) => {
                    Some(Ending::Unusable("it wrote into the interpreter's own channel", self.reason()))
                }
                Happening::Heard(Heard::Silence) => Some(Ending::Died),
                Happening::Replied(id, result) => self.settle(id, result),
                Happening::MustStop(reason) => self.interrupt(reason),
                Happening::GraceOver => Some(Ending::Unusable("it did not react", self.reason())),
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    async fn next(&mut self, cancel: &Cancel) -> Happening {
        let is_interrupted = self.interrupted.is_some();
        let deadline = self.clock.deadline().filter(|_| !is_interrupted);
        let patience = self.interrupted.map(|(_, until)| until);
        tokio::select! {
            heard = self.process.hear() => Happening::Heard(heard),
            Some((id, result)) = self.replies.next(), if !self.replies.is_empty() => Happening::Replied(id, result),
            () = cancel.cancelled(), if !is_interrupted => Happening::MustStop(Reason::Cancelled),
            () = until(deadline) => Happening::MustStop(Reason::Deadline),
            () = until(patience) => Happening::GraceOver,
        }
    }

    fn heed(&mut self, message: FromWorker) -> Option<Ending> {
        match self.desk.take(self.cell, message) {
            Asked::Call(id, pending) => self.begin(id, pending, false),
            Asked::Work(id, pending) => self.begin(id, pending, true),
            Asked::Answered(outgoing) => {
                let passed = outgoing.into_iter().try_for_each(|one| self.process.pass(one));
                passed.err().map(|_stuck| Ending::Unusable("it read nothing any more", self.reason()))
            }
            Asked::Other(FromWorker::Done(report)) => {
                let entries = std::mem::take(&mut self.entries);
                Some(Ending::Returned(report, entries, self.reason()))
            }
            Asked::Other(FromWorker::Entry { entry }) => {
                self.entries.push(entry);
                None
            }
            Asked::Other(_) => Some(Ending::Unusable("it answered what nobody asked", self.reason())),
        }
    }

    /// Lets a call begin; one of an interrupted block is refused.
    fn begin(&mut self, id: u64, pending: Pending, is_own_work: bool) -> Option<Ending> {
        if self.interrupted.is_some() {
            return self.pass(interrupted(id));
        }
        self.open.push((id, is_own_work));
        self.replies.push(pending);
        self.turn();
        None
    }

    fn settle(&mut self, id: u64, result: Result<serde_json::Value, String>) -> Option<Ending> {
        self.open.retain(|(open, _)| *open != id);
        self.turn();
        self.pass(reply(id, result))
    }

    fn pass(&self, outgoing: Option<Outgoing>) -> Option<Ending> {
        let passed = outgoing.map_or(Ok(()), |outgoing| self.process.pass(outgoing));
        passed.err().map(|_stuck| Ending::Unusable("it read nothing any more", self.reason()))
    }

    /// Interrupts the block, and lets go of all it waits for.
    fn interrupt(&mut self, reason: Reason) -> Option<Ending> {
        let until = Instant::now().checked_add(GRACE).unwrap_or_else(Instant::now);
        self.interrupted = Some((reason, until));
        self.process.interrupt();
        self.replies = FuturesUnordered::new();
        let open = std::mem::take(&mut self.open);
        self.turn();
        open.into_iter().find_map(|(id, _)| self.pass(interrupted(id)))
    }

    fn turn(&mut self) {
        self.clock.turn(self.open.iter().any(|(_, is_own_work)| !is_own_work));
    }

    fn reason(&self) -> Option<Reason> {
        self.interrupted.map(|(reason, _)| reason)
    }
}

/// Sleeps until then; without end when there is no such moment.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
