//! After the calls: is the turn over?

use headwater_context::prompts;
use headwater_protocol::EndReason;
use headwater_protocol::events::ReminderInjected;

use super::{Turn, TurnError};
use crate::asking::Claim;
use crate::stops::{self, StopFacts};

impl Turn<'_> {
    /// Ends the turn when the model is done or a hard stop holds; otherwise it goes on.
    pub(super) async fn settle(&mut self, claim: Claim) -> Result<Option<EndReason>, TurnError> {
        self.ledger.commit();
        if self.cancel.is_cancelled() {
            return Err(TurnError::Interrupted);
        }
        if let Some(end) = self.hook_halt().await? {
            return Ok(Some(end));
        }
        match claim {
            Claim::Done => {
                if let Some(end) = self.hooks_at_end().await? {
                    return Ok(Some(end));
                }
            }
            // A filtered answer has ended the turn before it came here.
            Claim::Working | Claim::Filtered => {}
            Claim::CutShort => self.remind("output_limit", prompts::REMINDER_OUTPUT_LIMIT).await?,
            Claim::Nothing => self.remind("empty_reply", prompts::REMINDER_EMPTY_REPLY).await?,
        }
        Ok(self.stopped())
    }

    /// The hard stop that holds now, if any.
    pub(super) fn stopped(&self) -> Option<EndReason> {
        let facts =
            StopFacts { state: self.ledger.state(), limit: &self.parts.limits, now: self.ledger.now() };
        stops::check(&facts)
    }

    async fn remind(&mut self, key: &str, text: &str) -> Result<(), TurnError> {
        Ok(self.ledger.record(ReminderInjected { key: key.to_owned(), text: text.trim().to_owned() }).await?)
    }
}
