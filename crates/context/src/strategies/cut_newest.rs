//! Cut the newest: a message of the person, or a call, that alone is more than there is room for. The words are stored, and
//! their beginning, their end and the way to all of them stay; of a call that has run the beginnings of its texts stay.
//! Where many calls of the last step are too much together, they and their results are cut in the same way. Nothing else in a
//! conversation can make room for what came last.

use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::{Held, PieceKind};
use headwater_protocol::{
    Bytes, ContextEdit, ContextEditPlan, EditKind, Message, Passage, Replacement, RunState,
};
use sha2::{Digest as _, Sha256};

use super::externalize::{blob_of, shown_bytes};
use super::{Caps, Scene, Strategy, clear_inputs, externalize, shortened};
use crate::passages::{entry_bytes, inputs, outputs};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Externalize, is_applicable, propose };

/// A text is too much alone when it takes more than this part of the room for messages.
const SHARE: u64 = 4;
/// What is left of one result of many: this part of it.
const PART: usize = 8;
/// Bytes below which cutting one of many spares too little.
const LEAST: usize = 600;

fn is_applicable(caps: Caps, _state: &RunState) -> bool {
    caps.has_reader
}

/// As many as it takes, the longest first.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let room = scene.pressure.limit.0.saturating_sub(scene.pressure.fixed.0);
    let is_too_much = |bytes: usize| scene.pressure.tokens(bytes).0 > room / SHARE;
    let mut found: Vec<(usize, ContextEdit)> = words(scene).chain(calls(scene)).collect();
    found.retain(|(bytes, _)| is_too_much(*bytes));
    if are_many_too_much(scene, room) {
        let many =
            results(scene).chain(calls(scene)).filter(|(bytes, _)| *bytes > LEAST && !is_too_much(*bytes));
        found.extend(many);
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

/// Whether the last step alone is more than the room, and storing what is long in it does not help.
fn are_many_too_much(scene: &Scene<'_>, room: u64) -> bool {
    let pressure = &scene.pressure;
    let step = scene.state.conversation.entries().iter().skip(scene.tail()).map(entry_bytes).sum();
    let stored = (externalize::STRATEGY.propose)(scene).map_or(0, |plan| plan.estimate.0);
    pressure.tokens(step).0 > room && pressure.size.0.saturating_sub(stored) > pressure.limit.0
}

/// What the person wrote, each with its bytes and the edit that stores it.
fn words<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let said = scene.state.conversation.entries().iter().filter_map(|entry| match entry.message.as_ref() {
        Message::User { parts } => Some(entry.pieces.iter().zip(parts)),
        Message::Assistant { .. } | Message::ToolResult { .. } => None,
    });
    let whole =
        said.flatten().filter(|(piece, _)| piece.kind == PieceKind::Said && piece.held == Held::Whole);
    whole.map(|(piece, text)| {
        (text.len(), store(Passage::Part(piece.record), piece.record, text, shown_bytes(scene)))
    })
}

/// The results of the newest messages.
fn results<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (usize, ContextEdit)> + 's {
    let tail = scene.tail();
    let newest = outputs(&scene.state.conversation).into_iter();
    newest.filter(move |output| output.index >= tail && output.held == Held::Whole).map(|output| {
        let shown = shown_bytes(scene).min(output.text.len() / PART);
        (output.text.len(), store(output.passage.clone(), output.record, output.text, shown))
    })
}

fn store(passage: Passage, record: u64, text: &str, shown: usize) -> ContextEdit {
    let id = blob_of(record);
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
