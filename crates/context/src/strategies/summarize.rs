//! Summarize: the oldest messages give way to a summary that the model writes itself. What the person said last stays as
//! it was said; in a mission, its task too.

use headwater_protocol::views::{Entry, PieceKind};
use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, EditReason, Message, RunState};

use super::{Caps, Scene, Strategy};
use crate::passages::entry_bytes;
use crate::summary::{summary_text, summary_tokens};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Summarize, is_applicable, propose };

/// How many times longer than the summary the messages must be that it stands for.
const WORTH: u64 = 2;

fn is_applicable(caps: Caps, state: &RunState) -> bool {
    let has_spoken = |entry: &Entry| matches!(entry.message.as_ref(), Message::Assistant { .. });
    caps.may_summarize && state.conversation.entries().iter().any(has_spoken)
}

/// Everything before the newest messages. The text is a stand-in of the length that the summary may have.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let pressure = &scene.pressure;
    let entries = scene.state.conversation.entries();
    let tail = scene.tail();
    let before = entries.get(tail).filter(|_| tail > 0)?.seq;
    let old = entries.get(..tail).unwrap_or_default();
    let wanted = summary_tokens(pressure);
    let is_long = pressure.tokens(old.iter().map(entry_bytes).sum()).0 > wanted.saturating_mul(WORTH);
    let has_answer = old.iter().any(|entry| matches!(entry.message.as_ref(), Message::Assistant { .. }));
    let is_worth_it = is_long || (scene.reason == EditReason::Asked && has_answer);
    if !is_worth_it {
        return None;
    }
    let stand_in = "x".repeat(bytes_of(scene, wanted));
    let text = summary_text(scene.state, &stand_in);
    let keep = kept(scene.state, before);
    Some(scene.plan(vec![ContextEdit::Summarize { before, text, keep }]))
}

fn bytes_of(scene: &Scene<'_>, tokens: u64) -> usize {
    let a_thousand = scene.pressure.tokens(1_000).0.max(1);
    usize::try_from(tokens.saturating_mul(1_000) / a_thousand).unwrap_or(0)
}

/// The records whose parts stay byte for byte when everything before a record goes: what the person said last, what the
/// mode asks for, and where there are no tools, which is in a mission, what was said first: its task.
pub(super) fn kept(state: &RunState, before: u64) -> Vec<u64> {
    let entries = state.conversation.entries();
    let pieces = entries.iter().flat_map(|entry| &entry.pieces);
    let said: Vec<u64> =
        pieces.filter(|piece| piece.kind == PieceKind::Said).map(|piece| piece.record).collect();
    let is_mission = state.session.header.as_ref().is_some_and(|header| header.tools.is_empty());
    let first = said.first().copied().filter(|_| is_mission);
    let all = [first, said.last().copied(), state.session.announced_by];
    let mut keep: Vec<u64> = all.into_iter().flatten().filter(|record| *record < before).collect();
    keep.sort_unstable();
    keep.dedup();
    keep
}
