//! What was said: by the person, by the model, by the program; and what the model thought.

use agent_client_protocol_schema::v1::{ContentBlock, ContentChunk, MessageId, SessionUpdate, TextContent};
use headwater_protocol::EndReason;
use headwater_protocol::events::{AssistantBlock, AssistantMessage, TurnEnded};

use super::Moment;

/// What was said so far of the message under way.
#[derive(Debug, Default)]
pub(super) struct Saying {
    /// The number of the message; a client puts chunks of one number together.
    number: u64,
    /// Text of it that has gone out.
    text: String,
    /// Whether thoughts of it have.
    has_thoughts: bool,
    /// The last whole message.
    last: String,
    /// How often the program spoke by itself.
    own: u64,
}

impl Saying {
    /// The next piece of the message.
    pub(super) fn text(&mut self, piece: &str) -> SessionUpdate {
        self.text.push_str(piece);
        SessionUpdate::AgentMessageChunk(self.chunk(piece))
    }

    /// The next piece of its reasoning.
    pub(super) fn thinking(&mut self, piece: &str) -> SessionUpdate {
        self.has_thoughts = true;
        SessionUpdate::AgentThoughtChunk(self.chunk(piece))
    }

    /// The message as it is recorded: what has not gone out of it goes now.
    pub(super) fn message(&mut self, message: &AssistantMessage, moment: Moment) -> Vec<SessionUpdate> {
        let mut updates = Vec::new();
        if moment == Moment::Before || !self.has_thoughts {
            let thoughts = message.blocks.iter().filter_map(|block| match block {
                AssistantBlock::Thinking { text, .. } => Some(text.as_str()).filter(|text| !text.is_empty()),
                AssistantBlock::Text { .. } | AssistantBlock::Call { .. } => None,
            });
            updates.extend(thoughts.map(|text| SessionUpdate::AgentThoughtChunk(self.chunk(text))));
        }
        let rest = message.text.strip_prefix(self.text.as_str());
        if rest.is_none() {
            // The stream was begun anew: what is recorded is another message.
            self.number += 1;
        }
        let rest = rest.unwrap_or(&message.text);
        if !rest.is_empty() {
            updates.push(SessionUpdate::AgentMessageChunk(self.chunk(rest)));
        }
        self.last.clone_from(&message.text);
        self.next();
        updates
    }

    /// What the person wrote, for a client that did not send it.
    pub(super) fn user(&mut self, text: &str, moment: Moment) -> Vec<SessionUpdate> {
        self.last.clear();
        self.next();
        match moment {
            Moment::Now => Vec::new(),
            Moment::Before => {
                let chunk = SessionUpdate::UserMessageChunk(self.chunk(text));
                self.next();
                vec![chunk]
            }
        }
    }

    /// How a turn ended, where no message has said it.
    pub(super) fn ended(&mut self, ended: &TurnEnded, moment: Moment) -> Vec<SessionUpdate> {
        self.next();
        let is_said = ended.text.trim().is_empty() || ended.text.trim() == self.last.trim();
        let is_the_answer = match ended.reason {
            EndReason::Interrupted | EndReason::Terminated | EndReason::ProviderFailed | EndReason::Error => {
                true
            }
            EndReason::Done
            | EndReason::NeedsPerson
            | EndReason::MaxSteps
            | EndReason::MaxCost
            | EndReason::MaxTime
            | EndReason::Stalled
            | EndReason::Failures
            | EndReason::WindowFull
            | EndReason::HookStop
            | EndReason::ContractUnmet
            | EndReason::BudgetSpent => false,
        };
        // What the answer to the prompt says is not said twice.
        if is_said || is_the_answer && moment == Moment::Now {
            Vec::new()
        } else {
            vec![self.own_words(&ended.text)]
        }
    }

    /// What the program says by itself, a message of its own; the model's own goes on behind it.
    pub(super) fn own_words(&mut self, text: &str) -> SessionUpdate {
        self.own += 1;
        let text = if self.text.is_empty() { text.to_owned() } else { format!("\n\n{text}\n\n") };
        let id = MessageId::new(format!("headwater-{}", self.own));
        SessionUpdate::AgentMessageChunk(ContentChunk::new(text_block(&text)).message_id(id))
    }

    fn next(&mut self) {
        self.number += 1;
        self.text.clear();
        self.has_thoughts = false;
    }

    fn chunk(&self, text: &str) -> ContentChunk {
        ContentChunk::new(text_block(text)).message_id(MessageId::new(self.number.to_string()))
    }
}

/// A thought that is no model's.
pub(super) fn thought(text: &str) -> SessionUpdate {
    SessionUpdate::AgentThoughtChunk(ContentChunk::new(text_block(text)))
}

/// A text as the protocol has it.
pub(in crate::commands::acp) fn text_block(text: &str) -> ContentBlock {
    ContentBlock::Text(TextContent::new(text))
}
