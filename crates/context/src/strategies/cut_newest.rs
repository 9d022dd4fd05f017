//! Cut the newest: a message of the person, what the model said or thought, or a call, that alone is more than there is room
//! for. The words are stored, and their beginning, their end and the way to all of them stay; the model's own are cut where
//! nothing can be stored. Of a call that has run the beginnings of its texts stay. Where much of the last step is too much
//! together, all of it is cut in the same way. Nothing else in a conversation can make room for what came last.

use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::{Held, PieceKind};
use headwater_protocol::{
    BlobId, Bytes, ContextEdit, ContextEditPlan, EditKind, Message, Passage, Replacement, RunState,
};
use sha2::{Digest as _, Sha256};

use super::externalize::{blob_of, cut_short, shown_bytes};
use super::{Caps, Scene, Strategy, clear_inputs, drop, externalize, shortened};
use crate::passages::{Spoken, inputs, outputs, spoken};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Externalize, is_applicable, propose };

/// A text is too much alone when it takes more than this part of the room for messages.
const SHARE: u64 = 4;
/// What is left of one result of many: this part of it.
const PART: usize = 8;
/// Bytes below which cutting one of many spares too little.
const LEAST: usize = 600;

fn is_applicable(_caps: Caps, state: &RunState) -> bool {
    !state.conversation.entries().is_empty()
}

/// As many as it takes, the longest first.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let room = scene.pressure.limit.0.saturating_sub(scene.pressure.fixed.0);
    let is_too_much = |bytes: usize| scene.pressure.tokens(bytes).0 > room / SHARE;
    let all = words(scene).chain(calls(scene)).chain(told(scene));
    let mut found: Vec<(usize, ContextEdit)> = all.filter(|(bytes, _)| is_too_much(*bytes)).collect();
    if is_step_too_much(scene) {
        let many = results(scene).chain(calls(scene)).chain(told_last(scene));
        found.extend(many.filter(|(bytes, _)| *bytes > LEAST && !is_too_much(*bytes)));
    }
    found.sort_by_key(|(bytes, _)| *bytes);
    let mut edits: Vec<ContextEdit> = Vec::new();
    let mut plan = scene.plan(edits.clone());
    while let Some((_, edit)) = found.pop_if(|_| !scene.fits(EditKind::Externalize, &plan)) {
        edits.push(edit);
        plan = scene.plan(edits.clone());
    }
    (!plan.edits.is_empty()).then_some(plan)
}

/// Whether the last step is too much by itself: without all that stands before it, and with what is long in it stored.
fn is_step_too_much(scene: &Scene<'_>) -> bool {
    if !scene.pressure.is_high() {
        return false;
    }
    let others = [(drop::STRATEGY.propose)(scene), (externalize::STRATEGY.propose)(scene)];
    others.into_iter().flatten().all(|plan| !scene.fits(EditKind::Drop, &plan))
}

/// What the person wrote, each with its bytes and the edit that stores it.
fn words<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let said = scene.state.conversation.entries().iter().filter_map(|entry| match entry.message.as_ref() {
        Message::User { parts } => Some(entry.pieces.iter().zip(parts)),
        Message::Assistant { .. } | Message::ToolResult { .. } => None,
    });
    let whole =
        said.flatten().filter(|(piece, _)| piece.kind == PieceKind::Said && piece.held == Held::Whole);
    whole.filter(|_| scene.caps.has_reader).map(|(piece, text)| {
        let id = blob_of(piece.record);
        (text.len(), store(Passage::Part(piece.record), id, text, shown_bytes(scene)))
    })
}

/// The results of the newest messages.
fn results<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let tail = scene.tail();
    let newest = outputs(&scene.state.conversation).into_iter();
    let newest = newest.filter(move |output| output.index >= tail && output.held == Held::Whole);
    newest.filter(|_| scene.caps.has_reader).map(|output| {
        let shown = shown_bytes(scene).min(output.text.len() / PART);
        let id = blob_of(output.record);
        (output.text.len(), store(output.passage.clone(), id, output.text, shown))
    })
}

/// What the model said and thought.
fn told<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    spoken(&scene.state.conversation).map(|one| (one.bytes, shorten(scene, &one, shown_bytes(scene))))
}

/// The same of the newest messages, as one of many.
fn told_last<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let tail = scene.tail();
    let newest = spoken(&scene.state.conversation).filter(move |one| one.index >= tail);
    newest.map(|one| (one.bytes, shorten(scene, &one, shown_bytes(scene).min(one.text.len() / PART))))
}

/// Stores it, or cuts it where nothing can be stored. Of a thought that is short only the signature goes.
fn shorten(scene: &Scene<'_>, one: &Spoken, shown: usize) -> ContextEdit {
    let is_thought = one.kind == PieceKind::Thought;
    let passage = if is_thought { Passage::Thought(one.record) } else { Passage::Said(one.record) };
    let is_short = one.text.len() <= LEAST;
    if scene.caps.has_reader && !is_short {
        let id = if is_thought { thoughts_of(one.record) } else { blob_of(one.record) };
        return store(passage, id, &one.text, shown);
    }
    let text = if is_short { one.text.clone() } else { cut_short(&one.text, shown) };
    ContextEdit::ClearResults { cleared: vec![Replacement { passage, text }] }
}

/// The name under which what the model thought is stored: its words have that of the record.
fn thoughts_of(record: u64) -> BlobId {
    BlobId::new(format!("{}-thoughts", blob_of(record)))
}

fn store(passage: Passage, id: BlobId, text: &str, shown: usize) -> ContextEdit {
    let replacement = Replacement { passage, text: shortened(text, shown, &id) };
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
