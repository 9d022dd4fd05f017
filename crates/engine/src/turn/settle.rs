//! After the calls: is the turn over?

use headwater_context::prompts;
use headwater_protocol::EndReason;
use headwater_protocol::events::ReminderInjected;

use super::{Turn, TurnError};
use crate::asking::Claim;
use crate::handshake::{self, Facts, Next, Outcome};
use crate::stops::{self, StopFacts};

impl Turn<'_> {
    /// Ends the turn when an answer holds or a stop does; otherwise it goes on (HARNESS Z8).
    pub(super) async fn settle(&mut self, claim: Claim) -> Result<Option<EndReason>, TurnError> {
        handshake::hear(&self.parts.words, self.ledger).await?;
        self.ledger.commit();
        if self.cancel.is_cancelled() {
            return Err(TurnError::Interrupted);
        }
        if let Some(end) = self.hook_halt().await? {
            return Ok(Some(end));
        }
        let outcome = match claim {
            Claim::Done => Some(self.check_answer().await?),
            // A filtered answer has ended the turn before it came here.
            Claim::Working | Claim::Filtered | Claim::CutShort | Claim::Nothing | Claim::Broken => None,
        };
        match handshake::next(self.facts(outcome)) {
            // A hook that sends the model on wants another request, and a limit may forbid it.
            Next::End(EndReason::Done) => {
                let end = self.hooks_at_end().await?;
                Ok(end.or_else(|| stops::hard(&self.stop_facts())))
            }
            Next::End(reason) => Ok(Some(reason)),
            Next::Replan => {
                let (key, text) = ("replan".to_owned(), prompts::REMINDER_REPLAN.trim().to_owned());
                self.ledger.record(ReminderInjected { key, text }).await?;
                Ok(None)
            }
            Next::GoOn => Ok(None),
        }
    }

    /// The stop that holds before a request is made, if any.
    pub(super) fn stopped(&self) -> Option<EndReason> {
        stops::check(&self.stop_facts())
    }

    fn facts(&self, outcome: Option<Outcome>) -> Facts {
        let facts = self.stop_facts();
        Facts {
            hard: stops::hard(&facts),
            person: stops::person(&facts),
            outcome,
            stalled: stops::stalled(&facts),
            wants_plan: stops::wants_plan(&facts),
        }
    }

    fn stop_facts(&self) -> StopFacts<'_> {
        StopFacts { state: self.ledger.state(), limit: &self.parts.limits, now: self.ledger.now() }
    }
}
