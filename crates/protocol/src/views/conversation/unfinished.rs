//! A message of the model that the log holds in half: it names calls which were never recorded, because the process ended
//! between the writes. Nothing of it can have run.

use super::{Conversation, is_result, is_unfilled};
use crate::ids::CallId;
use crate::message::{Block, Message, ToolCall};

impl Conversation {
    /// A call as the model is shown that it made it; `None` where it is shown no more.
    pub fn call(&self, wanted: &CallId) -> Option<&ToolCall> {
        self.entries.iter().rev().find_map(|entry| match entry.message.as_ref() {
            Message::Assistant { blocks, .. } => blocks.iter().find_map(|block| match block {
                Block::Call(call) if call.call == *wanted => Some(call),
                Block::Call(_) | Block::Text { .. } | Block::Thinking { .. } => None,
            }),
            Message::User { .. } | Message::ToolResult { .. } => None,
        })
    }

    /// Whether the last thing the model said is recorded in half.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished().is_some()
    }

    /// Forgets the message that is recorded in half: the conversation is what it was before.
    pub(super) fn forget_unfinished(&mut self) {
        if let Some(place) = self.unfinished() {
            self.entries.truncate(place);
        }
    }

    fn unfinished(&self) -> Option<usize> {
        let place = self.entries.iter().rposition(|entry| !is_result(&entry.message))?;
        let Message::Assistant { blocks, .. } = self.entries.get(place)?.message.as_ref() else {
            return None;
        };
        blocks.iter().any(is_unfilled).then_some(place)
    }
}
