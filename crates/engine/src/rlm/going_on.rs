//! A root whose message was cut off goes on with it (HARNESS R-B, S10): what was said in a row is one message. Where its
//! model does not answer at all, another one stands in.
//!
//! *Invariants:* what a message is made of is read off the log; a block that had not ended when it was cut is no part of it.

use std::sync::Arc;

use headwater_context::prompts;
use headwater_protocol::views::Idle;
use headwater_protocol::{Event, ProviderError, Record, StopSignal};

use super::fences::{Fences, fences};
use super::root::Root;
use crate::standing_in::Failing;
use crate::turn::{MOST_CUTS, TurnError};

/// The reminder that asks for the rest.
pub(super) const KEY: &str = "mission/answer_cut";

impl Root<'_> {
    /// The message that ends the first `count` records, with what was said of it before it was cut.
    pub(super) fn message_at(&self, count: usize) -> String {
        let records = self.ledger.records().get(..count).unwrap_or_default();
        let mut parts = parts(records);
        parts.reverse();
        joined(&parts, |text| fences(text, StopSignal::Length, |code| self.repl.is_complete(code)).is_open)
    }

    /// Whether the rest of a message that the output limit cut is to be asked for: nothing in it can be acted on.
    pub(super) fn is_to_go_on(&self, text: &str, stop: StopSignal, found: &Fences) -> bool {
        let has_final = text.trim_end().ends_with(')') && super::finals::prose_final(text).is_some();
        let asked = self.nudges().iter().filter(|key| **key == KEY).count();
        stop == StopSignal::Length
            && found.blocks.is_empty()
            && !found.is_open
            && !has_final
            && !text.trim().is_empty()
            && asked < MOST_CUTS as usize
    }

    /// What is left to do when the model failed: to ask for the rest of an answer that broke off, or to ask another model.
    pub(super) async fn recover(&mut self, error: ProviderError) -> Result<(), TurnError> {
        let state = self.ledger.state();
        let is_cut = state.reminders.idle() == Some(Idle::Broken);
        if (is_cut && state.phase.cuts <= MOST_CUTS) || self.fall_back(&error).await? {
            if is_cut {
                self.remind(KEY, prompts::root::ANSWER_CUT.to_owned()).await?;
            }
            return Ok(());
        }
        Err(error.into())
    }

    /// Lets another model stand in for the rest of the completion; says whether one does.
    pub(super) async fn fall_back(&mut self, error: &ProviderError) -> Result<bool, TurnError> {
        let failing = Failing {
            ledger: &mut *self.ledger,
            provider: self.provider.as_ref(),
            fallback: self.fallback.clone(),
            cancel: &self.cancel,
            limits: None,
        };
        let other = failing.fall_back(error).await?;
        if let Some(other) = &other {
            self.provider = Arc::clone(other);
        }
        Ok(other.is_some())
    }
}

/// What was said in a row, the newest first: each but the newest was cut, and the rest of it asked for.
fn parts(records: &[Arc<Record>]) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut is_asked_for = true;
    for record in records.iter().rev() {
        if let Event::AssistantMessage(said) = &record.event {
            let is_cut = matches!(said.stop, StopSignal::Length | StopSignal::Interrupted);
            if !is_asked_for || !(is_cut || parts.is_empty()) {
                break;
            }
            parts.push(said.text.as_str());
            is_asked_for = false;
        } else if let Event::ReminderInjected(reminder) = &record.event {
            if reminder.key != KEY {
                break;
            }
            is_asked_for = true;
        } else if ends_message(&record.event) {
            break;
        }
    }
    parts
}

/// Whether what was said before this event is no part of what was said after it.
fn ends_message(event: &Event) -> bool {
    matches!(
        event,
        Event::UserMessage(_)
            | Event::CellStarted(_)
            | Event::CellReturned(_)
            | Event::FinalProposed(_)
            | Event::FinalRefused(_)
    )
}

/// The parts as one text. A block that had not ended goes with the part: it is written again.
fn joined(parts: &[&str], is_open: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for (place, part) in parts.iter().enumerate() {
        text.push_str(part);
        let is_last = place + 1 == parts.len();
        if !is_last && is_open(&text) {
            let begins =
                |line: &&str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
            let behind: usize =
                text.split_inclusive('\n').rev().take_while(|line| !begins(line)).map(str::len).sum();
            let line = text.get(..text.len() - behind).unwrap_or_default();
            let start = line.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
            text.truncate(start);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{AssistantMessage, ReminderInjected, SessionResumed, TurnStarted};
    use headwater_protocol::{ModeId, Timestamp};

    use super::*;

    fn records(events: Vec<Event>) -> Vec<Arc<Record>> {
        let of = |(seq, event)| {
            Arc::new(Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event })
        };
        (0u64..).zip(events).map(of).collect()
    }

    #[test]
    fn r_b_the_rest_belongs_to_what_was_cut_in_another_process_too() {
        let said = |text: &str, stop| -> Event {
            AssistantMessage { text: text.into(), blocks: vec![], origin: String::new(), stop }.into()
        };
        let resumed = || -> Vec<Event> {
            let started = TurnStarted { turn: 2, mode: ModeId::Recursive };
            vec![SessionResumed { version: String::new() }.into(), started.into()]
        };
        let asked = || -> Event { ReminderInjected { key: KEY.into(), text: String::new() }.into() };
        let (cut, rest) = (said("FINAL(a", StopSignal::Interrupted), said("b)", StopSignal::EndTurn));
        let all = [vec![cut.clone(), asked()], resumed(), vec![rest.clone()]].concat();
        assert_eq!(parts(&records(all)), ["b)", "FINAL(a"]);
        let not_asked = [vec![cut], resumed(), vec![rest]].concat();
        assert_eq!(parts(&records(not_asked)), ["b)"], "nobody asked for the rest");
    }

    #[test]
    fn r_b_what_was_said_in_a_row_is_one_message_without_the_block_that_had_not_ended() {
        let open = |text: &str| fences(text, StopSignal::Length, |_| true).is_open;
        let block = "```repl\nx = 1\n```\n";
        let table: [(&[&str], &str); 5] = [
            (&["FINAL(the ans", "wer)"], "FINAL(the answer)"),
            (&["I look.\n```repl\nx =", block], &format!("I look.\n{block}")),
            (&["```repl\nx =", "```repl\nx = ", block], block),
            (&[block, "more"], &format!("{block}more")),
            (&["alone ```repl"], "alone ```repl"),
        ];
        for (parts, expected) in table {
            assert_eq!(joined(parts, open), expected, "{parts:?}");
        }
    }
}
