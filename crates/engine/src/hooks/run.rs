//! Runs the hooks of a point in a session: all at once, each a record, and what they say put together.

use std::sync::Arc;

use headwater_protocol::events::ReminderInjected;
use headwater_protocol::{Cancel, Event, HookPoint, Record};

use super::occasion::Occasion;
use super::outcome::{Outcome, Reasoned};
use super::place::Place;
use super::transcript;
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;

/// Where hooks run: a session, and what ends them with it.
pub(crate) struct Seat<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) parts: &'a Parts,
    pub(crate) cancel: &'a Cancel,
}

impl<'a> Seat<'a> {
    /// Runs the hooks of a point, records their runs, and tells the model what they say to it.
    pub(crate) async fn run(&mut self, occasion: Occasion) -> Result<Outcome, LedgerError> {
        let point = occasion.point();
        let mut outcome = Box::pin(self.run_silently(occasion)).await?;
        for text in std::mem::take(&mut outcome.told) {
            self.remind(point, text).await?;
        }
        Ok(outcome)
    }

    /// The same, but leaves it to the caller to tell the model what they say to it.
    pub(crate) async fn run_silently(&mut self, occasion: Occasion) -> Result<Outcome, LedgerError> {
        self.gather().await?;
        let mut outcome = Outcome::default();
        if !self.parts.hooks.are_at(&[occasion.point()]) {
            return Ok(outcome);
        }
        let place = self.place();
        let chosen = place.chosen(&occasion, |script| self.has_run(occasion.point(), script));
        for ended in place.run(chosen, &occasion, self.cancel).await {
            let ran = ended.taken(&mut outcome);
            self.ledger.record(ran).await?;
        }
        if let Some(halt) = &outcome.halt {
            self.parts.hooks.halt(halt.clone());
        }
        self.ledger.commit();
        Ok(outcome)
    }

    /// Starts the hooks of a point that decides nothing, and waits for none of them.
    pub(crate) fn start(&self, occasion: &Occasion) {
        if self.parts.hooks.are_at(&[occasion.point()]) {
            let place = self.place();
            let chosen = place.chosen(occasion, |script| self.has_run(occasion.point(), script));
            place.start(&chosen, occasion);
        }
    }

    /// Records the hooks that nothing waited for and that have ended since.
    pub(crate) async fn gather(&mut self) -> Result<(), LedgerError> {
        for late in self.parts.hooks.take_late() {
            let (point, mut outcome) = (late.point, Outcome::default());
            let ran = late.taken(&mut outcome);
            self.ledger.record(ran).await?;
            for text in outcome.told {
                self.remind(point, text).await?;
            }
        }
        Ok(())
    }

    async fn remind(&mut self, point: HookPoint, text: String) -> Result<(), LedgerError> {
        self.ledger.record(ReminderInjected { key: format!("hooks/{point:?}"), text }).await
    }

    /// The place, with the transcript for hooks up to date. One that cannot be written is no reason not to run them.
    fn place(&self) -> Place<'a> {
        let parts = self.parts;
        let transcript = parts.blobs.with_file_name(transcript::NAME);
        let records: &[Arc<Record>] = self.ledger.records();
        let write = |known| transcript::keep_up(&transcript, records, known, &parts.workspace);
        if let Err(error) = parts.hooks.keep_up(records.len(), write) {
            tracing::warn!(%error, path = %transcript.display(), "the transcript for hooks cannot be written");
        }
        Place {
            hooks: &parts.hooks,
            session: self.ledger.session().to_string(),
            transcript,
            mode: self.ledger.state().session.mode,
            workspace: &parts.workspace,
            home: parts.home.as_deref(),
        }
    }

    /// Whether the log holds a run of this hook.
    fn has_run(&self, point: HookPoint, script: &str) -> bool {
        self.ledger.records().iter().any(|record| {
            matches!(&record.event, Event::HookRan(ran) if ran.point == point && ran.command == script)
        })
    }
}

impl Reasoned {
    /// Says whose word it is, for the model.
    pub(crate) fn told(&self) -> String {
        if self.reason.is_empty() {
            format!("the hook `{}`", self.hook)
        } else {
            format!("the hook `{}`: {}", self.hook, self.reason)
        }
    }
}
