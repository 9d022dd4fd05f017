//! The projection: what the next request contains, a pure function of the run's state.

use std::sync::Arc;

use headwater_protocol::message::Block;
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::Entry;
use headwater_protocol::{Hints, Message, Projection, RunState, Tokens};

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
    let (mut said, mut results) = (0, 0);
    for entry in state.conversation.entries() {
        *(if is_result(entry) { &mut results } else { &mut said }) += message_bytes(&entry.message);
    }
    [("system", header.system.len()), ("tools", tools), ("conversation", said), ("results", results)]
        .map(|(name, bytes)| ProjectionPart { name, tokens: part_tokens(bytes, state) })
        .to_vec()
}

fn part_tokens(bytes: usize, state: &RunState) -> Tokens {
    estimate_bytes(bytes, state.budget.calibration)
}

fn is_result(entry: &Entry) -> bool {
    matches!(entry.message.as_ref(), Message::ToolResult { .. })
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
