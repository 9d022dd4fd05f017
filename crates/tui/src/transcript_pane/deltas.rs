//! Passing events: streaming and live output.

use headwater_protocol::update::{Drawn, Waiting};
use headwater_protocol::{CallId, Delta};

use super::TranscriptPane;
use crate::cells::{Cell, NoticeCell};
use crate::parts::{Call, CallState, duration};

impl TranscriptPane {
    /// Takes in a passing event; `now_ms` is milliseconds of a clock that never goes back, the same one as
    /// `prepare` gets (elapsed times and spinners come from it).
    pub fn apply_delta(&mut self, delta: &Delta, now_ms: u64) {
        match delta {
            Delta::Text { text } => self.stream_text(text),
            Delta::Thinking { text } => self.stream_thinking(text, now_ms),
            Delta::CallProgress { index, name, bytes } => self.stream_call(*index, name, *bytes),
            Delta::ToolStarted { call } => {
                self.change_call(call, |call| call.state = CallState::Running { since_ms: now_ms });
            }
            Delta::ToolOutput { call, text } => self.change_call(call, |call| call.push_output(text)),
            Delta::Waiting { on } => self.waiting(on),
            Delta::Notice { text } => {
                self.push(NoticeCell::new(text));
            }
            Delta::Children { queued, .. } => self.queued_in_block(*queued),
            Delta::Drawn { what: Drawn::Message { texts } } => self.drawn = Some(texts.clone()),
            // Shown beside the composer.
            Delta::Drawn { what: Drawn::StatusLine { .. } }
            | Delta::Queued { .. }
            | Delta::ModePending { .. }
            | Delta::Research { .. }
            | Delta::Within { .. } => {}
        }
    }

    /// Changes an open call wherever it is shown.
    fn change_call(&mut self, id: &CallId, change: impl FnOnce(&mut Call)) {
        let Some(index) = self.calls.get(id).copied() else { return };
        self.change(index, |cell| match cell {
            Cell::Tool(cell) => change(&mut cell.call),
            Cell::Shell(cell) => change(&mut cell.call),
            Cell::Edit(cell) => change(&mut cell.call),
            Cell::Research(cell) => cell.change(id, change),
            Cell::User(_)
            | Cell::Assistant(_)
            | Cell::Thinking(_)
            | Cell::Todos(_)
            | Cell::Approval(_)
            | Cell::Question(_)
            | Cell::Mission(_)
            | Cell::Repl(_)
            // Its own records say how it gets on: until then it waits for its turn.
            | Cell::Task(_)
            | Cell::MissionEnd(_)
            | Cell::Notice(_)
            | Cell::Failed(_)
            | Cell::Ended(_) => {}
        });
    }

    /// A retry is worth a line; the wait for the model shows beside the composer.
    fn waiting(&mut self, on: &Waiting) {
        match on {
            Waiting::Model => {}
            Waiting::Retry { attempt, after, reason } => {
                let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                let text = format!("{reason} (attempt {attempt}, next in {})", duration(millis));
                self.push(NoticeCell::warning(&text));
            }
        }
    }
}
