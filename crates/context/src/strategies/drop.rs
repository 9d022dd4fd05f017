//! Drop: the oldest messages are left out, which is said in their place. A live summary stays, and so do what the person
//! said last and how the task stands: its todos, its contract, what is not known.

use headwater_protocol::forgery::harmless;
use headwater_protocol::views::PieceKind;
use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, RunState};

use super::summarize::kept;
use super::{Caps, Scene, Strategy};
use crate::passages::{entry_bytes, is_result};
use crate::standing::standing;

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Drop, is_applicable, propose };

fn is_applicable(_caps: Caps, state: &RunState) -> bool {
    state.conversation.entries().len() > 1
}

/// As many of the oldest messages as it takes, and no more.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let pressure = &scene.pressure;
    let entries = scene.state.conversation.entries();
    let tail = scene.tail();
    let stands = standing(scene.state);
    let stands = harmless(&stands);
    let wanted = pressure.size.0.saturating_sub(pressure.goal.0) + pressure.tokens(stands.len()).0;
    let mut dropped = 0;
    let mut cut = 0;
    while cut < tail && pressure.tokens(dropped).0 < wanted {
        dropped += entries.get(cut).map_or(0, entry_bytes);
        cut += 1;
        while cut < tail && entries.get(cut).is_some_and(is_result) {
            dropped += entries.get(cut).map_or(0, entry_bytes);
            cut += 1;
        }
    }
    let plan_for = |cut: usize, stands: &str| {
        let before = entries.get(cut).filter(|_| cut > 0)?.seq;
        let text = format!(
            "<reminder>\n{cut} older messages were left out to save room, and nothing stands in their place. Look again at what you need of them.{stands}\n</reminder>"
        );
        let mut keep = kept(scene.state, before);
        keep.extend(summaries(scene.state));
        Some(scene.plan(vec![ContextEdit::Drop { before, text, keep }]))
    };
    let fits = |plan: &ContextEditPlan| scene.fits(EditKind::Drop, plan);
    // What is kept of the dropped messages may be too much of them, and so may what the task asks for.
    let kept = plan_for(cut, &stands).filter(fits).or_else(|| plan_for(tail, &stands).filter(fits));
    kept.or_else(|| plan_for(tail, ""))
}

fn summaries(state: &RunState) -> impl Iterator<Item = u64> {
    let pieces = state.conversation.entries().iter().flat_map(|entry| &entry.pieces);
    pieces.filter(|piece| piece.kind == PieceKind::Summary).map(|piece| piece.record)
}
