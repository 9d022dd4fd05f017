//! Cut the newest: a message of the person, or a call, that alone is more than there is room for. The words are stored, and
//! their beginning, their end and the way to all of them stay; of a call that has run the beginnings of its texts stay.
//! Nothing else in a conversation can make room for what came last.

use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::{Held, PieceKind};
use headwater_protocol::{
    Bytes, ContextEdit, ContextEditPlan, EditKind, Message, Passage, Replacement, RunState,
};
use sha2::{Digest as _, Sha256};

use super::externalize::{blob_of, shown_bytes};
use super::{Caps, Scene, Strategy, clear_inputs, shortened};
use crate::passages::inputs;

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Externalize, is_applicable, propose };

/// A text is too much alone when it takes more than this part of the room for messages.
const SHARE: u64 = 4;

fn is_applicable(caps: Caps, _state: &RunState) -> bool {
    caps.has_reader
}

/// As many as it takes, the longest first.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let room = scene.pressure.limit.0.saturating_sub(scene.pressure.fixed.0);
    let is_too_much = |bytes: usize| scene.pressure.tokens(bytes).0 > room / SHARE;
    let mut found: Vec<(usize, ContextEdit)> = words(scene).chain(calls(scene)).collect();
    found.retain(|(bytes, _)| is_too_much(*bytes));
    found.sort_by_key(|(bytes, _)| *bytes);
    let mut edits: Vec<ContextEdit> = Vec::new();
    let mut plan = scene.plan(edits.clone());
    while let Some((_, edit)) = found.pop_if(|_| !scene.fits(EditKind::Externalize, &plan)) {
        edits.push(edit);
        plan = scene.plan(edits.clone());
    }
    (!plan.edits.is_empty()).then_some(plan)
}

/// What the person wrote, each with its bytes and the edit that stores it.
fn words<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let said = scene.state.conversation.entries().iter().filter_map(|entry| match entry.message.as_ref() {
        Message::User { parts } => Some(entry.pieces.iter().zip(parts)),
        Message::Assistant { .. } | Message::ToolResult { .. } => None,
    });
    let whole =
        said.flatten().filter(|(piece, _)| piece.kind == PieceKind::Said && piece.held == Held::Whole);
    whole.map(|(piece, text)| (text.len(), store(scene, piece.record, text)))
}

fn store(scene: &Scene<'_>, record: u64, text: &str) -> ContextEdit {
    let id = blob_of(record);
    let replacement =
        Replacement { passage: Passage::Part(record), text: shortened(text, shown_bytes(scene), &id) };
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    ContextEdit::Externalize { replacement, blob: Blob { id, bytes: Bytes(text.len() as u64), sha256 } }
}

/// The calls of the newest messages, which the strategy for older ones leaves alone.
fn calls<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let tail = scene.tail();
    let newest = inputs(&scene.state.conversation).into_iter().filter(move |input| input.index >= tail);
    newest.filter_map(|input| {
        let cleared = vec![clear_inputs::replacement(&input)?];
        Some((input.value.to_string().len(), ContextEdit::ClearResults { cleared }))
    })
}
