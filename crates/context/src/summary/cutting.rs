//! Messages of a request for a summary that leaving out cannot make small enough: one alone is more than the window.

use std::sync::Arc;

use headwater_protocol::views::Entry;
use headwater_protocol::{Block, Message};

use crate::passages::entry_bytes;
use crate::strategies::{clear_input, cut_short};

/// The messages as they are where they fit; otherwise each text cut to its share of the room, and without what was
/// thought.
pub(super) fn cut_to_fit(mut entries: Vec<Entry>, fits: &dyn Fn(usize) -> bool) -> Vec<Entry> {
    let size: usize = entries.iter().map(entry_bytes).sum();
    if fits(size) {
        return entries;
    }
    let halves = std::iter::successors(Some(size / 2), |bytes| Some(bytes / 2).filter(|bytes| *bytes > 0));
    let room = halves.into_iter().find(|bytes| fits(*bytes)).unwrap_or(0);
    let texts: usize = entries.iter().map(|entry| texts_in(&entry.message)).sum();
    let share = room / texts.max(1);
    for entry in &mut entries {
        cut(Arc::make_mut(&mut entry.message), share);
    }
    entries
}

fn texts_in(message: &Message) -> usize {
    match message {
        Message::User { parts } => parts.len(),
        Message::Assistant { blocks, .. } => blocks.len(),
        Message::ToolResult { .. } => 1,
    }
}

fn cut(message: &mut Message, share: usize) {
    let cut = |text: &mut String| {
        if text.len() > share {
            *text = cut_short(text, share / 2);
        }
    };
    match message {
        Message::User { parts } => parts.iter_mut().for_each(cut),
        Message::ToolResult { text, .. } => cut(text),
        Message::Assistant { blocks, .. } => {
            blocks.retain(|block| !matches!(block, Block::Thinking { .. }));
            for block in blocks {
                match block {
                    Block::Text { text } => cut(text),
                    Block::Call(call) => {
                        clear_input(&mut call.input);
                    }
                    Block::Thinking { .. } => {}
                }
            }
        }
    }
}
