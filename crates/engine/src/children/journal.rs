//! The way from the pool to the log, which has one owner: an event goes out, and comes back as written.

use headwater_protocol::Event;
use tokio::sync::{mpsc, oneshot};

/// An event on its way to the log.
#[derive(Debug)]
pub struct JournalEntry {
    /// The event.
    pub event: Event,
    /// Answered once the event is a record; dropped when it cannot be one.
    pub written: oneshot::Sender<()>,
}

/// The log takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's log takes no more records")]
pub(super) struct JournalClosed;

/// Where events are sent. Clones share the way.
#[derive(Clone, Debug)]
pub(super) struct Journal(mpsc::Sender<JournalEntry>);

impl Journal {
    pub(super) fn new(entries: mpsc::Sender<JournalEntry>) -> Self {
        Self(entries)
    }

    /// Resolves once `event` is a record.
    pub(super) async fn record(&self, event: impl Into<Event>) -> Result<(), JournalClosed> {
        let (written, acknowledged) = oneshot::channel();
        let entry = JournalEntry { event: event.into(), written };
        self.0.send(entry).await.map_err(|_| JournalClosed)?;
        acknowledged.await.map_err(|_| JournalClosed)
    }
}
