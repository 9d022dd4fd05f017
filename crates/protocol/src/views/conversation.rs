//! What the model has been shown, as messages in order.
//!
//! *Invariants:* results stand directly behind the assistant message that made the calls, also when a repair
//! added them later; a user message is only extended until a request has carried it, so that every request
//! is a prefix of the next. Only a recorded edit changes a message that a request has carried. No text but the
//! harness's own reminders holds their tag.

mod edits;
mod rewinds;
mod unfinished;

use std::borrow::Cow;
use std::sync::Arc;

use super::View;
use crate::event::Event;
use crate::events::{AssistantBlock, AssistantMessage, RepairKind, ToolCalled, ToolReturned, UserShell};
use crate::forgery::harmless;
use crate::ids::CallId;
use crate::message::{Block, Message, ToolCall};
use crate::record::Record;

/// How a reminder begins; the system prompt explains the tag.
const REMINDER: &str = "<reminder>";

/// The messages of the session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    entries: Vec<Entry>,
    /// Whether the last entry is a user message that no request has carried yet.
    is_open: bool,
    /// Whether the log is one of the first schema so far: its requests carried texts as they came.
    is_trusting: bool,
    past: rewinds::Past,
}

/// One message, and the record that began it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The record.
    pub seq: u64,
    /// The message.
    pub message: Arc<Message>,
    /// Where the parts of a user message come from, one each; a result has one, an assistant message one for its words and
    /// one for its thoughts, once an edit has shortened them.
    pub pieces: Vec<Piece>,
    /// A result as it was before it was cleared.
    pub whole: Option<Arc<Message>>,
}

/// Where a text of the conversation comes from, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The record that contributed it.
    pub record: u64,
    /// What it is.
    pub kind: PieceKind,
    /// Whether it still stands as it was.
    pub held: Held,
}

/// What a text of the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// The person's own words.
    Said,
    /// What something that ran has put out: a call, a block, a command.
    Output,
    /// The harness's words.
    Note,
    /// A summary of what stood before.
    Summary,
    /// The model's words.
    Answer,
    /// The model's thoughts.
    Thought,
}

/// Whether a text still stands as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// As it was.
    Whole,
    /// Shortened; all of it is stored.
    Stored,
    /// Replaced by a line.
    Cleared,
}

impl Conversation {
    /// The messages with their records, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The messages as a request carries them. A call that the log names but does not hold, because the
    /// process ended between two writes, is left out.
    pub fn messages(&self) -> Vec<Arc<Message>> {
        self.entries.iter().filter_map(Entry::shown).collect()
    }

    /// What the model said since the last result or message of the person: an answer that the output limit
    /// cut is one answer with what came after it. Empty when there is none.
    pub fn last_answer(&self) -> String {
        let mut said: Vec<&[Block]> = Vec::new();
        for entry in self.entries.iter().rev() {
            match entry.message.as_ref() {
                Message::Assistant { blocks, .. } => said.push(blocks),
                Message::User { parts } if parts.iter().all(|part| part.starts_with(REMINDER)) => {}
                Message::User { .. } | Message::ToolResult { .. } => break,
            }
        }
        said.into_iter().rev().flatten().filter_map(text_of).collect::<Vec<_>>().concat()
    }

    /// Whether clearing is left to the server, as far as the log of this conversation says.
    pub fn is_delegated(&self) -> bool {
        self.past.is_delegated()
    }

    fn push_part(&mut self, record: u64, kind: PieceKind, part: String) {
        let piece = Piece { record, kind, held: Held::Whole };
        if self.is_open
            && let Some(Entry { message, pieces, .. }) = self.entries.last_mut()
            && let Message::User { parts } = Arc::make_mut(message)
        {
            parts.push(part);
            pieces.push(piece);
            return;
        }
        let message = Arc::new(Message::User { parts: vec![part] });
        self.entries.push(Entry { seq: record, message, pieces: vec![piece], whole: None });
        self.is_open = true;
    }

    fn assistant(&mut self, seq: u64, said: &AssistantMessage) {
        let mut rest = said.text.as_str();
        let blocks: Vec<Block> = said
            .blocks
            .iter()
            .filter_map(|block| match block {
                AssistantBlock::Text { bytes } => {
                    let (text, left) = rest.split_at_checked(*bytes)?;
                    rest = left;
                    Some(Block::Text { text: text.to_owned() })
                }
                AssistantBlock::Thinking { text, signature } => {
                    Some(Block::Thinking { text: text.clone(), signature: signature.clone() })
                }
                AssistantBlock::Call { call } => Some(Block::Call(unfilled(call))),
            })
            .collect();
        if !blocks.is_empty() {
            let message = Arc::new(Message::Assistant { blocks, origin: said.origin.clone() });
            self.entries.push(Entry { seq, message, pieces: Vec::new(), whole: None });
            self.is_open = false;
        }
    }

    fn called(&mut self, called: &ToolCalled) {
        let wanted = &called.request.call;
        for entry in self.entries.iter_mut().rev() {
            let Message::Assistant { blocks, .. } = Arc::make_mut(&mut entry.message) else { continue };
            if let Some(call) = blocks.iter_mut().find_map(|block| call_in(block, wanted)) {
                *call = called.request.clone();
            }
            return;
        }
    }

    fn returned(&mut self, seq: u64, returned: &ToolReturned) {
        let Some(at) = self.entries.iter().rposition(|entry| made(&entry.message, &returned.call)) else {
            return;
        };
        let message = Message::ToolResult {
            call: returned.call.clone(),
            name: returned.name.clone(),
            text: self.foreign(&returned.text),
            is_error: returned.is_error,
        };
        let pieces = vec![Piece { record: seq, kind: PieceKind::Output, held: Held::Whole }];
        let place = self.insert_result(at, Entry { seq, message: Arc::new(message), pieces, whole: None });
        self.is_open = self.is_open && place < self.entries.len() - 1;
        // Reminders stand behind the results, never in them: what a result says is data.
        for reminder in &returned.reminders {
            self.reminder(seq, reminder);
        }
    }

    fn reminder(&mut self, record: u64, text: &str) {
        let part = remind(&self.foreign(text));
        self.push_part(record, PieceKind::Note, part);
    }

    /// A text that is not the harness's, or that may quote one, as the model reads it.
    fn foreign(&self, text: &str) -> String {
        if self.is_trusting { text.to_owned() } else { harmless(text).into_owned() }
    }

    /// Puts a result behind the message at `at` and the results that stand there; says where it stands now.
    fn insert_result(&mut self, at: usize, entry: Entry) -> usize {
        let results = self.entries.iter().skip(at + 1).take_while(|entry| is_result(&entry.message)).count();
        self.entries.insert(at + 1 + results, entry);
        at + 1 + results
    }
}

impl Entry {
    /// The message as a request carries it; `None` where nothing is left of it.
    pub fn shown(&self) -> Option<Arc<Message>> {
        without_unfilled(&self.message)
    }
}

impl View for Conversation {
    fn apply(&mut self, record: &Record) {
        self.look_back(record);
        if let Some(schema) = record.event.schema() {
            self.is_trusting = schema == 1;
        } else if let Some((kind, text)) = foreign_part(&record.event) {
            let part = self.foreign(&text);
            self.push_part(record.seq, kind, part);
        } else if let Event::ReminderInjected(reminder) = &record.event {
            self.reminder(record.seq, &reminder.text);
        } else if let Event::AssistantMessage(said) = &record.event {
            self.assistant(record.seq, said);
        } else if let Event::ToolCalled(called) = &record.event {
            self.called(called);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(record.seq, returned);
        } else if let Event::ContextEdited(edited) = &record.event {
            self.edit(record.seq, &edited.plan.edits);
            self.delegate(record.seq, false);
        } else if let Event::ClearingDelegated(_) = &record.event {
            self.delegate(record.seq, true);
        } else if let Event::ClearingWithdrawn(_) = &record.event {
            self.delegate(record.seq, false);
        } else if let Event::Rewound(rewound) = &record.event {
            self.rewound(record.seq, rewound);
        } else if let Event::Repaired(repaired) = &record.event {
            if repaired.kind == RepairKind::UnfinishedMessage {
                self.forget_unfinished();
            }
        } else if let Event::RequestSent(_) = &record.event {
            self.is_open = false;
        }
    }
}

/// What an event says in a part of a user message that is no reminder, whatever it says of itself. The person's words too:
/// a paste may hold what somebody else wrote.
fn foreign_part(event: &Event) -> Option<(PieceKind, Cow<'_, str>)> {
    let (said, put_out, noted) = (PieceKind::Said, PieceKind::Output, PieceKind::Note);
    Some(if let Event::UserMessage(message) = event {
        (said, message.text.as_str().into())
    } else if let Event::UserShell(shell) = event {
        (put_out, shell_text(shell).into())
    } else if let Event::CellReturned(cell) = event {
        (put_out, cell.text.as_str().into())
    } else if let Event::FinalRefused(refused) = event {
        (noted, refused.text.as_str().into())
    } else if let Event::MissionEnded(ended) = event {
        (noted, mission_text(&ended.report).into())
    } else if let Event::MissionUndone(undone) = event {
        (noted, format!("I took the changes of the mission back. {}", undone.told()).into())
    } else if let Event::Rewound(rewound) = event
        && !rewound.scope.has_conversation()
    {
        (noted, rewound.told_to_model().into())
    } else if let Event::ReminderInjected(reminder) = event
        && reminder.refuses_answer()
    {
        (noted, reminder.text.as_str().into())
    } else {
        return None;
    })
}

/// A mission's report as the conversation it was started from reads it.
fn mission_text(report: &str) -> String {
    format!("The mission ended. Its report:\n\n{report}")
}

/// A reminder as the model reads it.
pub(super) fn remind(text: &str) -> String {
    format!("{REMINDER}\n{}\n</reminder>", text.trim())
}

fn shell_text(shell: &UserShell) -> String {
    let outcome = if shell.is_error { " (it failed)" } else { "" };
    format!("I ran this command myself{outcome}:\n$ {}\n{}", shell.command, shell.output)
}

fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Text { text } => Some(text),
        Block::Thinking { .. } | Block::Call(_) => None,
    }
}

fn unfilled(call: &CallId) -> ToolCall {
    let input = serde_json::Value::Object(serde_json::Map::new());
    ToolCall { call: call.clone(), name: String::new(), input, malformed: None }
}

fn call_in<'a>(block: &'a mut Block, wanted: &CallId) -> Option<&'a mut ToolCall> {
    match block {
        Block::Call(call) if call.call == *wanted => Some(call),
        Block::Call(_) | Block::Text { .. } | Block::Thinking { .. } => None,
    }
}

fn made(message: &Message, wanted: &CallId) -> bool {
    match message {
        Message::Assistant { blocks, .. } => blocks
            .iter()
            .any(|block| !is_unfilled(block) && matches!(block, Block::Call(call) if call.call == *wanted)),
        Message::User { .. } | Message::ToolResult { .. } => false,
    }
}

fn is_result(message: &Message) -> bool {
    matches!(message, Message::ToolResult { .. })
}

fn is_unfilled(block: &Block) -> bool {
    matches!(block, Block::Call(call) if call.name.is_empty() && call.malformed.is_none())
}

fn without_unfilled(message: &Arc<Message>) -> Option<Arc<Message>> {
    match message.as_ref() {
        Message::Assistant { blocks, origin } if blocks.iter().any(is_unfilled) => {
            let blocks: Vec<Block> = blocks.iter().filter(|block| !is_unfilled(block)).cloned().collect();
            (!blocks.is_empty()).then(|| Arc::new(Message::Assistant { blocks, origin: origin.clone() }))
        }
        Message::Assistant { .. } | Message::User { .. } | Message::ToolResult { .. } => {
            Some(Arc::clone(message))
        }
    }
}

#[cfg(test)]
mod tests;
