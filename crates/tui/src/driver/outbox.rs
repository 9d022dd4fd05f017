//! What waits to be told to the engine: the screen never waits for it.

use std::collections::VecDeque;

use headwater_protocol::Op;
use tokio::sync::mpsc::Sender;

/// Ops in their order, and the way to the engine.
#[derive(Debug)]
pub(super) struct Outbox {
    ops: Sender<Op>,
    waiting: VecDeque<Op>,
}

impl Outbox {
    /// Nothing waits yet.
    pub(super) fn new(ops: Sender<Op>) -> Self {
        Self { ops, waiting: VecDeque::new() }
    }

    /// Puts an op behind the others.
    pub(super) fn push(&mut self, op: Op) {
        self.waiting.push_back(op);
    }

    /// Hands over the first op that waits; never resolves while none does. Whether the engine still listens.
    /// Cancellation safe: an op leaves the box only with the permit in hand.
    pub(super) async fn send_one(&mut self) -> bool {
        if self.waiting.is_empty() {
            return std::future::pending().await;
        }
        let Ok(permit) = self.ops.reserve().await else {
            self.waiting.clear();
            return false;
        };
        if let Some(op) = self.waiting.pop_front() {
            permit.send(op);
        }
        true
    }

    /// Whether anything waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
