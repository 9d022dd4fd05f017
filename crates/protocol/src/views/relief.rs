//! How the conversation was kept within its window: what tells relief from thrashing (HARNESS D3).

use super::View;
use crate::context_edit::EditKind;
use crate::end::EndReason;
use crate::event::Event;
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
    is_asking: bool,
}

impl View for Relief {
    fn apply(&mut self, record: &Record) {
        if let Event::SummaryRequested(_) = &record.event {
            self.failed_summaries += 1;
            self.is_asking = true;
        } else if let Event::ContextEdited(edited) = &record.event {
            self.edited(edited.kind);
        } else if let Event::AssistantMessage(_) = &record.event {
            self.answers = self.answers.map(|answers| answers.saturating_add(1));
        } else if let Event::UserMessage(_) = &record.event {
            (self.answers, self.refills) = (None, 0);
        } else if let Event::ModelChanged(_) = &record.event {
            self.failed_summaries = 0;
        } else if let Event::TurnEnded(ended) = &record.event {
            // Who is interrupted has not failed.
            let is_cut = matches!(ended.reason, EndReason::Interrupted | EndReason::Terminated);
            if is_cut && self.is_asking {
                self.failed_summaries = self.failed_summaries.saturating_sub(1);
            }
            self.is_asking = false;
        }
    }
}

impl Relief {
    fn edited(&mut self, kind: EditKind) {
        self.is_asking = false;
        match kind {
            EditKind::Summarize => self.failed_summaries = 0,
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
    use crate::events::{AssistantMessage, ContextEdited, SummaryAsk, SummaryRequested, UserMessage};
    use crate::message::StopSignal;
    use crate::{Timestamp, Tokens};

    fn edited(kind: EditKind) -> Event {
        let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![] };
        ContextEdited { kind, before: Tokens(2), after: Tokens(1), plan }.into()
    }

    fn said() -> Event {
        let stop = StopSignal::EndTurn;
        AssistantMessage { text: String::new(), blocks: vec![], origin: String::new(), stop }.into()
    }

    fn asked() -> Event {
        let ask = SummaryAsk { before: 1, focus: None, words: 1, attempt: 1, most: None };
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
}
