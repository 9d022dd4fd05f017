//! How the conversation was kept within its window: what tells relief from thrashing (HARNESS D3).

use super::View;
use crate::context_edit::EditKind;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::RepairKind;
use crate::record::Record;

/// Answers between two reliefs up to which the second counts as a refill.
const QUICK: u32 = 1;

/// What the edits so far came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relief {
    /// Summaries in a row that were asked for and came to nothing.
    pub failed_summaries: u32,
    /// How often in a row the window was full again right after older messages had been replaced.
    pub refills: u32,
    /// Answers since older messages were last replaced; absent when they never were, or the person has spoken since.
    answers: Option<u32>,
    /// Whether a summary was asked for of which it is not known yet what it came to.
    is_asking: bool,
    is_in_turn: bool,
    /// How many of the failed summaries the person asked for, between turns, since the last one.
    asked: u32,
}

impl View for Relief {
    fn apply(&mut self, record: &Record) {
        if let Event::SummaryRequested(_) = &record.event {
            self.failed_summaries += 1;
            self.asked += u32::from(!self.is_in_turn);
            self.is_asking = true;
        } else if let Event::ContextEdited(edited) = &record.event {
            self.edited(edited.kind);
        } else if let Event::AssistantMessage(_) = &record.event {
            self.answers = self.answers.map(|answers| answers.saturating_add(1));
        } else if let Event::UserMessage(_) = &record.event {
            (self.answers, self.refills) = (None, 0);
        } else if record.event.model().is_some() {
            (self.failed_summaries, self.asked) = (0, 0);
        } else if let Event::RequestSent(_) = &record.event {
            // The turn goes on without the summary.
            self.is_asking = false;
        } else if let Event::TurnStarted(_) = &record.event {
            self.turn_started();
        } else if let Event::TurnEnded(ended) = &record.event {
            self.turn_ended(ended.reason);
        } else if let Event::Repaired(repaired) = &record.event
            && repaired.kind == RepairKind::UnfinishedEdit
        {
            self.forget_summary();
        }
    }
}

impl Relief {
    /// Whether a summary was asked for of which it is not known yet what it came to.
    pub fn is_asking(&self) -> bool {
        self.is_asking
    }

    /// The process ended while a summary was asked for: that is no failure of the summary.
    fn forget_summary(&mut self) {
        if std::mem::take(&mut self.is_asking) {
            self.failed_summaries = self.failed_summaries.saturating_sub(1);
            self.asked = self.asked.saturating_sub(u32::from(!self.is_in_turn));
        }
    }

    /// Nothing on the log tells a summary that failed from one that the person no longer wanted: outside of a turn neither
    /// counts against those of a turn.
    fn turn_started(&mut self) {
        self.failed_summaries = self.failed_summaries.saturating_sub(self.asked);
        (self.asked, self.is_asking, self.is_in_turn) = (0, false, true);
    }

    fn turn_ended(&mut self, reason: EndReason) {
        // Who is interrupted has not failed, and an outage says nothing about summaries.
        let is_cut =
            matches!(reason, EndReason::Interrupted | EndReason::Terminated | EndReason::ProviderFailed);
        if is_cut && self.is_asking {
            self.failed_summaries = self.failed_summaries.saturating_sub(1);
        }
        (self.is_asking, self.is_in_turn) = (false, false);
    }

    fn edited(&mut self, kind: EditKind) {
        self.is_asking = false;
        match kind {
            EditKind::Summarize => (self.failed_summaries, self.asked) = (0, 0),
            EditKind::Drop => {}
            EditKind::Externalize | EditKind::ClearResults | EditKind::Reframe => return,
        }
        let is_refill = self.answers.is_some_and(|answers| answers <= QUICK);
        self.refills = if is_refill { self.refills + 1 } else { 0 };
        self.answers = Some(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context_edit::{ContextEditPlan, EditReason};
    use crate::events::{
        AssistantMessage, ContextEdited, RequestSent, SummaryAsk, SummaryRequested, TurnEnded, TurnStarted,
        UserMessage,
    };
    use crate::message::StopSignal;
    use crate::{ModeId, Timestamp, Tokens};

    fn edited(kind: EditKind) -> Event {
        let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![] };
        ContextEdited { kind, before: Tokens(2), after: Tokens(1), plan }.into()
    }

    fn said() -> Event {
        let stop = StopSignal::EndTurn;
        AssistantMessage { text: String::new(), blocks: vec![], origin: String::new(), stop }.into()
    }

    fn asked() -> Event {
        let ask = SummaryAsk { before: 1, words: 1, attempt: 1, ..SummaryAsk::default() };
        SummaryRequested { ask, digest: String::new(), tokens: Tokens(1) }.into()
    }

    fn fold(events: &[Event]) -> Relief {
        let mut view = Relief::default();
        for event in events {
            let at = Timestamp::default();
            view.apply(&Record { seq: 0, at, session: "s".into(), parent: None, event: event.clone() });
        }
        view
    }

    #[test]
    fn d3_refills_are_counted_only_right_after_messages_were_replaced() {
        let (sum, drop) = (edited(EditKind::Summarize), edited(EditKind::Drop));
        let quick = [sum.clone(), said(), sum.clone(), said(), drop.clone(), drop.clone()];
        assert_eq!(fold(&quick).refills, 3);
        let slow = [sum.clone(), said(), said(), sum.clone()];
        assert_eq!(fold(&slow).refills, 0);
        let light = [sum.clone(), said(), edited(EditKind::ClearResults)];
        assert_eq!(fold(&light).refills, 0);
        let spoken = [sum.clone(), said(), drop, UserMessage { text: "go".into() }.into(), sum];
        assert_eq!(fold(&spoken).refills, 0);
    }

    #[test]
    fn d3_only_a_summary_that_took_effect_ends_a_row_of_failures() {
        assert_eq!(fold(&[asked(), asked(), asked()]).failed_summaries, 3);
        assert_eq!(fold(&[asked(), asked(), edited(EditKind::Drop)]).failed_summaries, 2);
        assert_eq!(fold(&[asked(), edited(EditKind::Summarize)]).failed_summaries, 0);
    }

    #[test]
    fn d3_a_summary_that_was_cut_short_is_no_failure_and_one_the_turn_went_on_without_is() {
        let begun = || -> Event { TurnStarted { turn: 1, mode: ModeId::Agent }.into() };
        let sent =
            || -> Event { RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into() };
        let ended = |reason| -> Event {
            TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 }.into()
        };
        let done = ended(EndReason::Done);
        let table = [
            ("interrupted", vec![begun(), asked(), ended(EndReason::Interrupted)], 0),
            ("an outage", vec![begun(), asked(), ended(EndReason::ProviderFailed)], 0),
            ("an outage later", vec![begun(), asked(), sent(), ended(EndReason::ProviderFailed)], 1),
            ("interrupted later", vec![begun(), asked(), sent(), ended(EndReason::Interrupted)], 1),
            ("by the person", vec![asked(), asked()], 2),
            ("by the person, then a turn", vec![begun(), asked(), sent(), done, asked(), begun()], 1),
        ];
        for (name, events, failed) in table {
            assert_eq!(fold(&events).failed_summaries, failed, "{name}");
        }
    }
}
