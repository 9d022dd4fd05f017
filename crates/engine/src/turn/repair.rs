//! Repair before a request.

use super::{Turn, TurnError};
use crate::repairs::{self, Moment};

impl Turn<'_> {
    /// Mends what is broken; each round of events is recorded before the next is looked for.
    pub(super) async fn repair(&mut self) -> Result<(), TurnError> {
        loop {
            let events = repairs::next(self.ledger.state(), Moment::Request);
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                self.ledger.record(event).await?;
            }
        }
    }
}
