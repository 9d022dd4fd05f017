//! What of a conversation can be made smaller: the outputs in it, and the newest messages that stay.

use headwater_protocol::views::{Conversation, Entry, Held, PieceKind};
use headwater_protocol::{Block, CallId, Message, Passage, ToolCall};
use serde_json::Value;

use crate::project::message_bytes;
use crate::tokens::MESSAGE_OVERHEAD;

/// Something that ran has put this out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output<'a> {
    /// The message it stands in.
    pub(crate) index: usize,
    /// Its name for edits.
    pub(crate) passage: Passage,
    /// The record that brought it.
    pub(crate) record: u64,
    /// The tool it came from; absent for blocks and commands of the person.
    pub(crate) tool: Option<&'a str>,
    /// What the model reads.
    pub(crate) text: &'a str,
    /// What became of it.
    pub(crate) held: Held,
}

/// The outputs, oldest first.
pub(crate) fn outputs(conversation: &Conversation) -> Vec<Output<'_>> {
    conversation.entries().iter().enumerate().flat_map(|(index, entry)| outputs_of(index, entry)).collect()
}

fn outputs_of(index: usize, entry: &Entry) -> Vec<Output<'_>> {
    let output = |at: usize, passage: Passage, tool, text| {
        let piece = entry.pieces.get(at).filter(|piece| piece.kind == PieceKind::Output)?;
        Some(Output { index, passage, record: piece.record, tool, text, held: piece.held })
    };
    match entry.message.as_ref() {
        Message::ToolResult { call, name, text, .. } => {
            output(0, Passage::Result(call.clone()), Some(name.as_str()), text.as_str()).into_iter().collect()
        }
        Message::User { parts } => {
            let all = entry.pieces.iter().zip(parts).enumerate();
            all.filter_map(|(at, (piece, text))| output(at, Passage::Part(piece.record), None, text.as_str()))
                .collect()
        }
        Message::Assistant { .. } => Vec::new(),
    }
}

/// What a call was made with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input<'a> {
    /// The message it stands in.
    pub(crate) index: usize,
    /// The call.
    pub(crate) call: &'a CallId,
    /// The input as the model reads it.
    pub(crate) value: &'a Value,
}

/// The inputs of the calls, oldest first; what was no JSON has none.
pub(crate) fn inputs(conversation: &Conversation) -> Vec<Input<'_>> {
    conversation.entries().iter().enumerate().flat_map(|(index, entry)| inputs_of(index, entry)).collect()
}

fn inputs_of(index: usize, entry: &Entry) -> Vec<Input<'_>> {
    fn input(index: usize, block: &Block) -> Option<Input<'_>> {
        match block {
            Block::Call(ToolCall { call, input, malformed: None, .. }) => {
                Some(Input { index, call, value: input })
            }
            Block::Call(_) | Block::Text { .. } | Block::Thinking { .. } => None,
        }
    }
    match entry.message.as_ref() {
        Message::Assistant { blocks, .. } => blocks.iter().filter_map(|block| input(index, block)).collect(),
        Message::User { .. } | Message::ToolResult { .. } => Vec::new(),
    }
}

/// What the model said, or thought, in one message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spoken {
    /// The message it stands in.
    pub(crate) index: usize,
    /// The record that brought it.
    pub(crate) record: u64,
    /// Its words, or its thoughts.
    pub(crate) kind: PieceKind,
    /// The text.
    pub(crate) text: String,
    /// What it takes, signatures included.
    pub(crate) bytes: usize,
}

/// The model's words and thoughts that no edit has shortened, oldest first.
pub(crate) fn spoken(conversation: &Conversation) -> impl Iterator<Item = Spoken> {
    let of_entry = |(index, entry): (usize, &Entry)| {
        [PieceKind::Answer, PieceKind::Thought].map(|kind| {
            if entry.pieces.iter().any(|piece| piece.kind == kind) {
                return None;
            }
            let text = entry.spoken(kind)?;
            let bytes = text.len() + if kind == PieceKind::Thought { signature_bytes(entry) } else { 0 };
            Some(Spoken { index, record: entry.seq, kind, text, bytes })
        })
    };
    conversation.entries().iter().enumerate().flat_map(of_entry).flatten()
}

fn signature_bytes(entry: &Entry) -> usize {
    let Message::Assistant { blocks, .. } = entry.message.as_ref() else { return 0 };
    let signature = |block: &Block| match block {
        Block::Thinking { signature, .. } => signature.as_ref().map_or(0, String::len),
        Block::Text { .. } | Block::Call(_) => 0,
    };
    blocks.iter().map(signature).sum()
}

/// Where the newest messages begin that stay: as many as `fits` takes the bytes of, and always the last step whole. A
/// call and its results are never parted.
pub(crate) fn tail_start(conversation: &Conversation, fits: impl Fn(usize) -> bool) -> usize {
    let entries = conversation.entries();
    let mut start = last_step(entries);
    let mut bytes: usize = entries.iter().skip(start).map(entry_bytes).sum();
    loop {
        let before = entries.get(..start).unwrap_or_default();
        let Some(previous) = before.iter().rposition(|entry| !is_result(entry)) else { return start };
        bytes += before.iter().skip(previous).map(entry_bytes).sum::<usize>();
        if !fits(bytes) {
            return start;
        }
        start = previous;
    }
}

/// The last message of the model with what came of it, or what was said since.
fn last_step(entries: &[Entry]) -> usize {
    let is_assistant = |entry: &Entry| matches!(entry.message.as_ref(), Message::Assistant { .. });
    let Some(said) = entries.iter().rposition(is_assistant) else {
        return entries.len().saturating_sub(1);
    };
    let has_output = |entry: &Entry| entry.pieces.iter().any(|piece| piece.kind == PieceKind::Output);
    let since = entries.get(said + 1..).unwrap_or_default();
    if since.is_empty() || since.iter().any(has_output) { said } else { said + 1 }
}

/// What a message takes, in bytes.
pub(crate) fn entry_bytes(entry: &Entry) -> usize {
    message_bytes(&entry.message) + MESSAGE_OVERHEAD
}

/// What all messages take, in bytes.
pub(crate) fn conversation_bytes(conversation: &Conversation) -> usize {
    conversation.entries().iter().map(entry_bytes).sum()
}

pub(crate) fn is_result(entry: &Entry) -> bool {
    matches!(entry.message.as_ref(), Message::ToolResult { .. })
}
