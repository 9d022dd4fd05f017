//! Relief: what is done when the next request would fill the window. The strategies are pure and stand in
//! `headwater_context`; here their plans are recorded, and what they need of the world is done first.
//!
//! *Invariants:* a plan is a record before a request shows it; what it stores is on disk before it is a record; it ends
//! by itself (summaries that fail and windows that refill at once are counted on the log).

mod hooks;

use std::path::Path;

use headwater_context::strategies::{self, Caps, Relieved, Scene};
use headwater_context::{Pressure, Thresholds, delegable, summary_prompt, summary_text, summary_words};
use headwater_protocol::events::{ClearingDelegated, ContextEdited, Failed, SummaryAsk};
use headwater_protocol::{
    ContextEdit, ContextEditPlan, EditKind, EditReason, EndReason, ProviderError, RunState, Tokens,
};

use self::hooks::Trigger;
use crate::asking::Asking;
use crate::parts::Parts;
use crate::turn::TurnError;

/// Summaries in a row that may come to nothing before no more are asked for (HARNESS D3).
const MOST_FAILURES: u32 = 3;
/// The tool that pages stored text.
const READER: &str = "read";
/// How often in a row the window may be full again at once.
const MOST_REFILLS: u32 = 3;

/// What it takes to make a session's requests smaller.
pub(crate) struct Relief<'a> {
    pub(crate) asking: Asking<'a>,
    pub(crate) thresholds: Thresholds,
    /// Where long texts are stored; absent where the model has no tool to read them.
    pub(crate) store: Option<&'a Path>,
    /// Those whose hooks run around it; absent where there are none.
    pub(crate) hooks: Option<&'a Parts>,
}

/// Whether the server found a request too long.
pub(crate) fn is_too_long(error: &TurnError) -> bool {
    matches!(error, TurnError::Provider(ProviderError::WindowExceeded { .. }))
}

/// What became of a proposal.
enum Tried {
    Done,
    /// The summary came to nothing: the strategies are asked again.
    Again,
    /// Nothing can be stored: the strategies are asked again, without that one.
    Unstorable,
}

impl Relief<'_> {
    /// Makes the next request smaller when it is too large; says how the turn ends when it cannot be.
    pub(crate) async fn relieve(&mut self) -> Result<Option<EndReason>, TurnError> {
        let Some(pressure) = self.pressure() else { return Ok(None) };
        if !pressure.is_high() {
            return Ok(None);
        }
        if self.state().relief.refills >= MOST_REFILLS {
            let message = format!(
                "The window was full again right after each of {} compactions in a row.",
                MOST_REFILLS + 1
            );
            return self.full(message).await;
        }
        self.make_room(pressure, EditReason::Pressure).await?;
        match self.pressure() {
            Some(left) if left.is_too_large() => {
                let message = format!(
                    "The next request takes {} tokens, {} fit, and nothing in it can be made smaller.",
                    left.size.0, left.most.0
                );
                self.full(message).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Makes the next request smaller because the server found the last one too long; says whether it is.
    pub(crate) async fn refused(&mut self) -> Result<bool, TurnError> {
        let Some(pressure) = self.pressure() else { return Ok(false) };
        if self.state().relief.refills >= MOST_REFILLS {
            return Ok(false);
        }
        self.make_room(pressure.refused(), EditReason::Refused).await
    }

    /// Summarizes the older messages because the person asks for it; says whether there is a summary now.
    pub(crate) async fn compact(&mut self, focus: &str) -> Result<bool, TurnError> {
        let Some(pressure) = self.pressure().map(Pressure::asked) else { return Ok(false) };
        let caps = Caps { may_summarize: true, ..self.caps(true) };
        if !self.hooks_before(Trigger::Manual, focus).await? {
            return Ok(false);
        }
        for _attempt in 0..MOST_FAILURES {
            let scene = Scene { state: self.state(), pressure, caps, reason: EditReason::Asked };
            let Some(relieved) = strategies::compact(&scene) else { return Ok(false) };
            if let Tried::Done = self.summarize(relieved.plan, pressure, Some(focus)).await? {
                self.hooks_after(Trigger::Manual).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn make_room(&mut self, pressure: Pressure, reason: EditReason) -> Result<bool, TurnError> {
        self.hooks_before(Trigger::Auto, "").await?;
        let is_made = self.edit(pressure, reason).await?;
        if is_made {
            self.hooks_after(Trigger::Auto).await?;
        }
        Ok(is_made)
    }

    async fn edit(&mut self, pressure: Pressure, reason: EditReason) -> Result<bool, TurnError> {
        let mut can_store = true;
        loop {
            let scene = Scene { state: self.state(), pressure, caps: self.caps(can_store), reason };
            let Some(Relieved { kind, plan }) = strategies::relieve(&scene) else { return Ok(false) };
            let tried = match kind {
                EditKind::Summarize => self.summarize(plan, pressure, None).await?,
                EditKind::Externalize | EditKind::ClearResults | EditKind::Drop | EditKind::Reframe => {
                    self.carry_out(kind, plan, pressure).await?
                }
            };
            match tried {
                Tried::Done => return Ok(true),
                Tried::Again => {}
                Tried::Unstorable => can_store = false,
            }
        }
    }

    /// Asks for the summary of a plan and carries the plan out with it.
    async fn summarize(
        &mut self,
        plan: ContextEditPlan,
        pressure: Pressure,
        focus: Option<&str>,
    ) -> Result<Tried, TurnError> {
        let summarized = |edit: &ContextEdit| {
            if let ContextEdit::Summarize { before, .. } = edit { Some(*before) } else { None }
        };
        let Some(before) = plan.edits.iter().find_map(summarized) else { return Ok(Tried::Again) };
        let focus = focus.map(str::trim).filter(|focus| !focus.is_empty()).map(str::to_owned);
        let attempt = self.state().relief.failed_summaries + 1;
        let words = summary_words(&pressure);
        // What was just refused is no record yet: the request for the summary would be as long once more.
        let most = (plan.reason == EditReason::Refused).then_some(pressure.most);
        let prompt = Some(summary_prompt(words, focus.as_deref()));
        let ask = SummaryAsk { before, focus, words, attempt, most, prompt };
        let Some(said) = self.asking.summarize(ask).await? else { return Ok(Tried::Again) };
        let text = summary_text(self.state(), &said);
        let edits = plan.edits.into_iter().map(|edit| with_text(edit, &text)).collect();
        let scene = Scene { state: self.state(), pressure, caps: self.caps(true), reason: plan.reason };
        let plan = scene.plan(edits);
        let after = pressure.size.0.saturating_sub(plan.estimate.0);
        let most = if plan.reason == EditReason::Asked { pressure.size } else { pressure.limit };
        if plan.estimate.0 == 0 || after > most.0 {
            // Longer than what it stands for, or than what there is room for: it helps nobody.
            return Ok(Tried::Again);
        }
        self.carry_out(EditKind::Summarize, plan, pressure).await
    }

    /// Stores what is to be stored, then records the plan: from there on it holds.
    async fn carry_out(
        &mut self,
        kind: EditKind,
        plan: ContextEditPlan,
        pressure: Pressure,
    ) -> Result<Tried, TurnError> {
        if let Err(error) = self.store_texts(&plan) {
            tracing::warn!(%error, "long results cannot be stored");
            return Ok(Tried::Unstorable);
        }
        let after = Tokens(pressure.size.0.saturating_sub(plan.estimate.0));
        let by_server = delegable(self.state(), &plan);
        self.asking.ledger.record(ContextEdited { kind, before: pressure.size, after, plan }).await?;
        if let Some(results) = by_server {
            self.asking.ledger.record(ClearingDelegated { results }).await?;
        }
        self.asking.ledger.commit();
        Ok(Tried::Done)
    }

    fn store_texts(&self, plan: &ContextEditPlan) -> std::io::Result<()> {
        for edit in &plan.edits {
            let ContextEdit::Externalize { replacement, blob } = edit else { continue };
            let text = self.state().conversation.text_of(&replacement.passage);
            let (Some(directory), Some(text)) = (self.store, text) else {
                return Err(std::io::ErrorKind::NotFound.into());
            };
            std::fs::create_dir_all(directory)?;
            std::fs::write(directory.join(blob.id.as_str()), text.as_bytes())?;
        }
        Ok(())
    }

    async fn full(&mut self, message: String) -> Result<Option<EndReason>, TurnError> {
        let next_step =
            "Go back with /rewind to before what is too large, start a new session with /new, or choose a \
                         model with a larger window."
                .to_owned();
        let failed = Failed { kind: "window_full".to_owned(), message, next_step };
        self.asking.ledger.record(failed).await?;
        Ok(Some(EndReason::WindowFull))
    }

    fn pressure(&self) -> Option<Pressure> {
        Pressure::of(self.state(), self.thresholds)
    }

    fn caps(&self, can_store: bool) -> Caps {
        let state = self.state();
        let header = state.session.header.as_ref();
        let reads = header.is_some_and(|header| header.tools.iter().any(|tool| tool.name == READER));
        Caps {
            has_reader: can_store && self.store.is_some() && reads,
            may_summarize: state.relief.failed_summaries < MOST_FAILURES,
        }
    }

    fn state(&self) -> &RunState {
        self.asking.ledger.state()
    }
}

fn with_text(edit: ContextEdit, text: &str) -> ContextEdit {
    match edit {
        ContextEdit::Summarize { before, keep, .. } => {
            ContextEdit::Summarize { before, text: text.to_owned(), keep }
        }
        ContextEdit::Externalize { .. }
        | ContextEdit::ClearResults { .. }
        | ContextEdit::Drop { .. }
        | ContextEdit::Reframe { .. } => edit,
    }
}
