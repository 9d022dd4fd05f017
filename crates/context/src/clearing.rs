//! Clearing by the server: where a plan that clears old results can be realised there, and what a request then says of it
//! (HARNESS S5, X5). The plan is the policy's in any case; this is another way of the same.
//!
//! *Invariants:* what the model reads is the same either way, but for the words of the placeholders; what a server can do is
//! "all uses of tools but the newest, without those of some tools", and what is not that is done here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use headwater_protocol::views::{Entry, Held};
use headwater_protocol::{Block, CallId, Clearing, ContextEdit, ContextEditPlan, Message, Passage, RunState};

use crate::strategies::names_stored;

/// One use of a tool in the conversation.
struct Use<'a> {
    tool: &'a str,
    is_cleared: bool,
}

/// How many results would be left to the server if it realised a plan; `None` where it cannot: the model's servers do not
/// clear, the plan does something else too, or what it clears is no range that can be told to a server. Nor where a
/// placeholder says where all of a result is: the server's would not.
pub fn delegable(state: &RunState, plan: &ContextEditPlan) -> Option<u32> {
    if !can_clear(state) || !plan.edits.iter().all(clears_results_alone) {
        return None;
    }
    let mut conversation = state.conversation.clone();
    conversation.edit(u64::MAX, &plan.edits);
    clearing(conversation.entries()).map(|clearing| clearing.cleared)
}

/// What a request that holds these messages says of the results that the server clears; `None` where they are cleared here.
pub(crate) fn delegated(state: &RunState, entries: &[Entry]) -> Option<Clearing> {
    if can_clear(state) && state.conversation.is_delegated() { clearing(entries) } else { None }
}

fn can_clear(state: &RunState) -> bool {
    let has_tools = state.session.header.as_ref().is_some_and(|header| !header.tools.is_empty());
    let clears = state.session.model.as_ref().is_some_and(|model| model.clears_results);
    has_tools && clears && state.server.may_clear()
}

fn clears_results_alone(edit: &ContextEdit) -> bool {
    match edit {
        ContextEdit::ClearResults { cleared } => {
            cleared.iter().all(|one| matches!(one.passage, Passage::Result(_)))
        }
        ContextEdit::Externalize { .. }
        | ContextEdit::Summarize { .. }
        | ContextEdit::Drop { .. }
        | ContextEdit::Reframe { .. } => false,
    }
}

/// The cleared results of a conversation as a server is told of them.
fn clearing(entries: &[Entry]) -> Option<Clearing> {
    let uses = uses(entries);
    let cut = uses.iter().rposition(|one| one.is_cleared)? + 1;
    let (old, kept) = uses.split_at_checked(cut)?;
    // A server that is to keep none may take it for a mistake.
    if kept.is_empty() {
        return None;
    }
    let mut exclude: Vec<String> = Vec::new();
    for one in old.iter().filter(|one| !one.is_cleared) {
        if !exclude.iter().any(|tool| tool == one.tool) {
            exclude.push(one.tool.to_owned());
        }
    }
    let excluded: HashSet<&str> = exclude.iter().map(String::as_str).collect();
    let cleared = old.iter().filter(|one| one.is_cleared);
    if cleared.clone().any(|one| excluded.contains(one.tool)) || leads_to_stored(entries) {
        return None;
    }
    let (keep, cleared) = (u32::try_from(kept.len()).ok()?, u32::try_from(cleared.count()).ok()?);
    Some(Clearing { keep, cleared, exclude, whole: whole(entries) })
}

/// The uses of tools, oldest first; one whose result is not there is not cleared.
fn uses(entries: &[Entry]) -> Vec<Use<'_>> {
    let cleared: HashMap<&CallId, bool> = entries.iter().filter_map(held).collect();
    let uses = entries.iter().filter_map(|entry| match entry.message.as_ref() {
        Message::Assistant { blocks, .. } => Some(blocks),
        Message::User { .. } | Message::ToolResult { .. } => None,
    });
    let calls = uses.flatten().filter_map(|block| match block {
        // One that the log names and does not hold is in no request.
        Block::Call(call) if !call.name.is_empty() || call.malformed.is_some() => Some(call),
        Block::Call(_) | Block::Text { .. } | Block::Thinking { .. } => None,
    });
    calls
        .map(|call| Use {
            tool: &call.name,
            is_cleared: cleared.get(&call.call).copied().unwrap_or_default(),
        })
        .collect()
}

fn held(entry: &Entry) -> Option<(&CallId, bool)> {
    match entry.message.as_ref() {
        Message::ToolResult { call, .. } => Some((call, is_cleared(entry))),
        Message::User { .. } | Message::Assistant { .. } => None,
    }
}

fn is_cleared(entry: &Entry) -> bool {
    entry.pieces.iter().any(|piece| piece.held == Held::Cleared)
}

/// Whether the placeholder of a result says where all of it is.
fn leads_to_stored(entries: &[Entry]) -> bool {
    entries.iter().filter(|entry| is_cleared(entry)).any(|entry| match entry.message.as_ref() {
        Message::ToolResult { text, .. } => names_stored(text),
        Message::User { .. } | Message::Assistant { .. } => false,
    })
}

fn whole(entries: &[Entry]) -> Vec<(usize, Arc<Message>)> {
    let shown = entries.iter().filter(|entry| entry.shown().is_some()).enumerate();
    let cleared = shown.filter(|(_, entry)| is_cleared(entry));
    cleared.filter_map(|(at, entry)| Some((at, Arc::clone(entry.whole.as_ref()?)))).collect()
}
