//! Going back and forking, while nothing runs.

use headwater_protocol::events::RewindScope;
use headwater_protocol::{Answer, Delta};

use super::Actor;
use crate::ledger::LedgerError;
use crate::rewinds::{self, RewindError};

impl Actor {
    pub(super) async fn rewind(&mut self, to: u64, scope: RewindScope) -> Result<(), LedgerError> {
        let checkpoints = self.parts.checkpoints.clone();
        let done = rewinds::rewind((&mut self.ledger, &self.store), checkpoints, to, scope).await;
        self.say_refused(done).await
    }

    pub(super) async fn redo(&mut self) -> Result<(), LedgerError> {
        let checkpoints = self.parts.checkpoints.clone();
        let done = rewinds::redo((&mut self.ledger, &self.store), checkpoints).await;
        self.say_refused(done).await
    }

    async fn say_refused(&self, done: Result<(), RewindError>) -> Result<(), LedgerError> {
        match done {
            Ok(()) => {}
            Err(RewindError::Ledger(error)) => return Err(error),
            Err(RewindError::Refused(text)) => self.ledger.tell_delta(Delta::Notice { text }).await,
        }
        Ok(())
    }

    /// Makes another session that begins as this one.
    pub(super) async fn fork(&mut self, at: Option<u64>) {
        let (store, session) = (self.store.clone(), self.ledger.session().clone());
        let forked = tokio::task::spawn_blocking(move || store.fork(&session, at)).await;
        let text = match forked {
            Ok(Ok(session)) => return self.ledger.tell_answer(Answer::Forked(session)).await,
            Ok(Err(error)) => format!("Not forked: {error}."),
            Err(error) => format!("Not forked: it broke off ({error})."),
        };
        self.ledger.tell_delta(Delta::Notice { text }).await;
    }

    /// Whether one can go back to this record; where not, the person is told.
    pub(super) async fn is_point(&self, to: u64) -> bool {
        let refused = rewinds::check_point(&self.ledger, to);
        if let Err(text) = &refused {
            self.ledger.tell_delta(Delta::Notice { text: text.clone() }).await;
        }
        refused.is_ok()
    }

    pub(super) fn rewind_points(&self) -> Answer {
        Answer::RewindPoints(rewinds::points(&self.ledger, &self.store))
    }

    pub(super) async fn rewind_preview(&self, to: u64, scope: RewindScope) -> Answer {
        let checkpoints = self.parts.checkpoints.clone();
        let preview = rewinds::preview((&self.ledger, &self.store), checkpoints, to, scope).await;
        Answer::RewindPreview(Box::new(preview))
    }
}
