//! The projection: what the next request contains, a pure function of the run's state.

use std::sync::Arc;

use headwater_protocol::message::Block;
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::{Entry, PieceKind};
use headwater_protocol::{Hints, Message, Projection, RunState, Tokens};

use crate::header::INSTRUCTIONS_TITLE;
use crate::passages::{entry_bytes, is_result};
use crate::tokens::estimate_bytes;

/// The next request, or `None` before the session has begun.
///
/// Deterministic: the header comes from the log, the messages from the conversation view, and nothing else.
pub fn project(state: &RunState) -> Option<Projection> {
    let header = state.session.header.as_ref()?;
    let model = state.session.model.as_ref()?;
    let messages = state.conversation.messages();
    let cache_marks = messages.len().checked_sub(1).into_iter().collect();
    Some(Projection {
        system: Arc::clone(&header.system),
        tools: Arc::clone(&header.tools),
        messages,
        cache_marks,
        hints: Hints { max_output: model.max_output },
    })
}

/// Where the tokens of the next request are, for `/context`.
pub fn breakdown(state: &RunState) -> Vec<ProjectionPart> {
    let Some(header) = &state.session.header else { return Vec::new() };
    let tools: usize = header.tools.iter().map(crate::tokens::tool_bytes).sum();
    let own = header.system.find(INSTRUCTIONS_TITLE).unwrap_or(header.system.len());
    let (mut said, mut results, mut summary) = (0, 0, 0);
    for entry in state.conversation.entries() {
        let summarized = summary_bytes(entry);
        summary += summarized;
        *(if is_result(entry) { &mut results } else { &mut said }) += entry_bytes(entry) - summarized;
    }
    let parts = [
        ("system", own),
        ("instructions", header.system.len() - own),
        ("tools", tools),
        ("summary", summary),
        ("conversation", said),
        ("results", results),
    ];
    parts
        .into_iter()
        .filter(|(name, bytes)| *bytes > 0 || !matches!(*name, "instructions" | "summary"))
        .map(|(name, bytes)| ProjectionPart { name, tokens: part_tokens(bytes, state) })
        .collect()
}

/// What a summary in a message takes.
fn summary_bytes(entry: &Entry) -> usize {
    let Message::User { parts } = entry.message.as_ref() else { return 0 };
    let both = entry.pieces.iter().zip(parts);
    both.filter(|(piece, _)| piece.kind == PieceKind::Summary).map(|(_, text)| text.len()).sum()
}

fn part_tokens(bytes: usize, state: &RunState) -> Tokens {
    estimate_bytes(bytes, state.budget.calibration)
}

/// Bytes of text in a message, arguments and reasoning included.
pub(crate) fn message_bytes(message: &Message) -> usize {
    match message {
        Message::User { parts } => parts.iter().map(String::len).sum(),
        Message::Assistant { blocks, .. } => blocks.iter().map(block_bytes).sum(),
        Message::ToolResult { text, .. } => text.len(),
    }
}

fn block_bytes(block: &Block) -> usize {
    match block {
        Block::Text { text } => text.len(),
        Block::Thinking { text, signature } => text.len() + signature.as_ref().map_or(0, String::len),
        Block::Call(call) => call.name.len() + crate::tokens::json_bytes(&call.input),
    }
}
