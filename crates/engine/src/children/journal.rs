//! The way from the pool to the log, which has one owner: an event goes out, and comes back as written.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::Event;
use tokio::sync::{mpsc, oneshot};

use crate::ledger::{Ledger, LedgerError};

/// An event on its way to the log.
#[derive(Debug)]
pub struct JournalEntry {
    /// The event.
    pub event: Event,
    /// Answered once the event is a record; dropped when it cannot be one.
    pub written: oneshot::Sender<()>,
}

impl JournalEntry {
    /// Makes the event a record and says so.
    pub(crate) async fn write(self, ledger: &mut Ledger) -> Result<(), LedgerError> {
        let is_answer = matches!(self.event, Event::ApprovalGiven(_));
        ledger.record(self.event).await?;
        if is_answer {
            // What was said yes to begins once this is written.
            ledger.sync().await?;
        }
        // Who asked may have been cancelled meanwhile.
        self.written.send(()).ok();
        Ok(())
    }
}

/// The log takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's log takes no more records")]
pub(crate) struct JournalClosed;

/// Where events are sent. Clones share the way.
#[derive(Clone, Debug)]
pub(crate) struct Journal(mpsc::Sender<JournalEntry>);

impl Journal {
    pub(crate) fn new(entries: mpsc::Sender<JournalEntry>) -> Self {
        Self(entries)
    }

    /// Resolves once `event` is a record.
    pub(crate) async fn record(&self, event: impl Into<Event>) -> Result<(), JournalClosed> {
        let (written, acknowledged) = oneshot::channel();
        let entry = JournalEntry { event: event.into(), written };
        self.0.send(entry).await.map_err(|_| JournalClosed)?;
        acknowledged.await.map_err(|_| JournalClosed)
    }

    /// The same for what nobody can act on when the log takes nothing any more: that ends the turn by itself.
    pub(crate) fn tell(&self, event: impl Into<Event>) -> BoxFuture<'static, ()> {
        let (journal, event) = (self.clone(), event.into());
        async move {
            if let Err(error) = journal.record(event).await {
                tracing::debug!(%error, "not recorded");
            }
        }
        .boxed()
    }
}
