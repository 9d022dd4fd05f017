//! Repair before a request, and the check that it fits the window at all.

use headwater_context::{estimate, project};
use headwater_protocol::{EndReason, Tokens};

use super::{Turn, TurnError};
use crate::repairs::{self, Moment};

/// The part of the window that stays free for the answer when the model's data names no output limit.
const ANSWER_SHARE: u64 = 8;
/// The most of the window that an output limit may claim.
const MOST_SHARE: u64 = 2;

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

    /// Ends the turn when the next request cannot fit the model's window. (Strategies that make it fit are a
    /// matter of `headwater_context`; this is what holds when none of them helps.)
    pub(super) fn relieve_pressure(&self) -> Option<EndReason> {
        let state = self.ledger.state();
        let model = state.session.model.as_ref()?;
        let reserve = model.max_output.map_or(model.window.0 / ANSWER_SHARE, |Tokens(longest)| {
            longest.min(model.window.0 / MOST_SHARE)
        });
        let size = estimate(&project(state)?, state.budget.calibration);
        (size.0 + reserve > model.window.0).then_some(EndReason::WindowFull)
    }
}
