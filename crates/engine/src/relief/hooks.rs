//! Hooks around a compaction: before it one may say no to what the person asked for, after it the model may be told
//! again what is no longer there.

use headwater_protocol::HookPoint;

use super::Relief;
use crate::hooks::{Occasion, Outcome, Seat};
use crate::turn::TurnError;

/// Who wants a compaction, in the words of hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The person.
    Manual,
    /// A full window.
    Auto,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Auto => "auto",
        }
    }
}

impl Relief<'_> {
    /// Runs the hooks before; false when one says no to the person's own wish. A full window cannot wait.
    pub(super) async fn hooks_before(&mut self, trigger: Trigger, focus: &str) -> Result<bool, TurnError> {
        let occasion = Occasion::of_kind(HookPoint::PreCompact, "trigger", trigger.name());
        let outcome = self.run_hooks(occasion.with("custom_instructions", focus.trim())).await?;
        Ok(trigger == Trigger::Auto || outcome.blocked.is_empty())
    }

    /// Runs the hooks after, and those that begin a session, which may tell the model again what it has lost.
    pub(super) async fn hooks_after(&mut self, trigger: Trigger) -> Result<(), TurnError> {
        self.run_hooks(Occasion::of_kind(HookPoint::PostCompact, "trigger", trigger.name())).await?;
        self.run_hooks(Occasion::of_kind(HookPoint::SessionStart, "source", "compact")).await?;
        Ok(())
    }

    async fn run_hooks(&mut self, occasion: Occasion) -> Result<Outcome, TurnError> {
        let Some(parts) = self.hooks else { return Ok(Outcome::default()) };
        let mut seat = Seat { ledger: self.asking.ledger, parts, cancel: self.asking.cancel };
        Ok(seat.run(occasion).await?)
    }
}
