//! What the log has that was not acted on yet: a process that takes over does that first, and asks nothing again.

use headwater_protocol::events::CellReturned;
use headwater_protocol::{Event, StopSignal};
use serde_json::Value;

use super::fences;
use super::finals;
use super::rescue;
use super::root::{Root, Said};

/// What is open.
pub(super) enum Open {
    /// A message of which blocks have not run, or which was not looked at.
    Said(Said),
    /// The answer of a block.
    Answer(Value),
    /// The plan that answers in the root's place.
    Rescue,
    /// An answer that was not checked to the end.
    Proposed(String),
    /// An answer that holds.
    Accepted(String),
}

impl Root<'_> {
    /// What comes before the next request, read off the end of the log.
    pub(super) fn left_open(&self) -> Option<Open> {
        let mut ran = 0;
        for (place, record) in self.ledger.records().iter().enumerate().rev() {
            if let Event::CellReturned(cell) = &record.event {
                match cell {
                    // A message ends at its first error.
                    CellReturned { error: Some(_), .. } if ran == 0 => return None,
                    CellReturned { answer: Some(answer), .. } if ran == 0 => {
                        return Some(Open::Answer(answer.clone()));
                    }
                    CellReturned { .. } => ran += 1,
                }
            } else if let Event::AssistantMessage(said) = &record.event {
                let (text, stop) = (self.message_at(place + 1), said.stop);
                return self.unfinished(&text, stop, ran).then_some(Open::Said(Said { text, stop, ran }));
            } else if let Event::FinalAccepted(accepted) = &record.event {
                return Some(Open::Accepted(accepted.text.clone()));
            } else if let Event::FinalProposed(proposed) = &record.event {
                return Some(Open::Proposed(proposed.text.clone()));
            } else if ran == 0 && rescue::is_told_by(&record.event) {
                return Some(Open::Rescue);
            } else if is_turning_point(&record.event) {
                return None;
            }
        }
        None
    }

    /// Whether a message has blocks that have not run, or words that were not looked at.
    fn unfinished(&self, text: &str, stop: StopSignal, ran: usize) -> bool {
        if stop == StopSignal::Interrupted {
            return false;
        }
        let found = fences::fences(text, stop, |code| self.repl.is_complete(code));
        let blocks = found.blocks.len();
        ran < blocks || blocks == 0 || finals::prose_final(&found.prose(text)).is_some()
    }
}

/// Whether an event means that the message before it is dealt with.
fn is_turning_point(event: &Event) -> bool {
    matches!(
        event,
        Event::ReminderInjected(_) | Event::UserMessage(_) | Event::FinalRefused(_) | Event::RequestSent(_)
    )
}
