//! What the harness tells the model before a request.

use headwater_context::reminders::{self, ChangedFile, Facts};
use headwater_context::{Flushed, reminder_room};
use headwater_protocol::events::{ReminderDropped, ReminderInjected};

use super::{Turn, TurnError};
use crate::seen_files;

impl Turn<'_> {
    /// Records the reminders that are due. They stand in the message that the next request carries, so that relief measures
    /// them too.
    pub(super) async fn remind(&mut self) -> Result<(), TurnError> {
        let files = seen_files::worth_a_look(self.ledger.state());
        let changed = seen_files::changed(self.parts.workspace.clone(), files).await;
        let Flushed { said, dropped } = self.due(&changed);
        for reminder in dropped {
            self.ledger.record(ReminderDropped { key: reminder.key }).await?;
        }
        for reminder in said {
            self.ledger.record(ReminderInjected { key: reminder.key, text: reminder.text }).await?;
        }
        Ok(())
    }

    fn due(&self, changed: &[ChangedFile]) -> Flushed {
        let state = self.ledger.state();
        let facts = Facts {
            state,
            mode: self.mode,
            limit: &self.parts.limits,
            thresholds: self.parts.thresholds,
            now: self.ledger.now(),
            changed,
        };
        reminders::due(&facts).flush(reminder_room(state), state.budget.calibration)
    }
}
