//! The projection: what the next request contains, a pure function of the run's state.

use std::sync::Arc;

use headwater_protocol::message::Block;
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::{Entry, PieceKind};
use headwater_protocol::{Hints, Message, Projection, RunState, Tokens};

use crate::clearing::delegated;
use crate::header::INSTRUCTIONS_TITLE;
use crate::passages::{entry_bytes, is_result};
use crate::pressure::room_of;
use crate::tokens::{estimate, estimate_bytes};

/// The shortest limit for an answer that is asked for, in tokens.
const SHORTEST: u64 = 512;

/// The next request, or `None` before the session has begun.
///
/// Deterministic: the header comes from the log, the messages from the conversation view, and nothing else.
pub fn project(state: &RunState) -> Option<Projection> {
    let header = state.session.header.as_ref()?;
    let model = state.session.model.as_ref()?;
    let messages = state.conversation.messages();
    let cache_marks = messages.len().checked_sub(1).into_iter().collect();
    let mut request = Projection {
        system: Arc::clone(&header.system),
        tools: Arc::clone(&header.tools),
        messages,
        cache_marks,
        hints: Hints { max_output: model.max_output },
        clearing: delegated(state, state.conversation.entries()),
    };
    if let Some(longest) = model.max_output.filter(|_| !state.session.is_of_first_schema) {
        request.hints.max_output = Some(room_for_answer(state, &request, longest));
    }
    Some(request)
}

/// The longest answer that the window has room for behind a request: some servers refuse one whose prompt and answer
/// together may outgrow it. It is made smaller by halves, so that the head of a request, where it stands, seldom changes.
fn room_for_answer(state: &RunState, request: &Projection, longest: Tokens) -> Tokens {
    let window = room_of(state).map_or(Tokens(u64::MAX), |(window, _)| window);
    let left = window.0.saturating_sub(estimate(request, state.budget.calibration).0);
    let halves = std::iter::successors(Some(longest.0), |limit| Some(limit / 2));
    let fitting = halves.take_while(|limit| *limit >= SHORTEST).find(|limit| *limit <= left);
    Tokens(fitting.unwrap_or_else(|| longest.0.min(SHORTEST)))
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
