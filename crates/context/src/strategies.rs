//! Strategies against pressure: pure functions from a state to a plan (HARNESS X3, X4). To add one: a file here and a line
//! in the list.
//!
//! *Invariants:* the first plan that fits wins, in the order of the list; a plan is one batch of edits, so that a cached
//! prefix breaks once; nothing is dropped while anything else fits. Where nothing fits, a drop that lets the request be
//! sent at all is better than the end of the turn.

mod clear_inputs;
mod clear_results;
mod cut_newest;
mod drop;
mod externalize;
mod reframe;
mod summarize;

use std::collections::{HashMap, HashSet};

pub(crate) use clear_inputs::shorten as clear_input;
pub(crate) use clear_results::{names_stored, replacement as clear_result};
pub(crate) use externalize::cut_short;
pub use externalize::shortened;
use headwater_protocol::{
    ContextEdit, ContextEditPlan, EditKind, EditReason, Passage, RunState, Tokens, views::Conversation,
};

use crate::passages::{conversation_bytes, inputs, outputs, tail_start};
use crate::pressure::Pressure;
use crate::tokens::fixed_bytes;

/// What can be done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Whether a tool of the session pages stored text.
    pub has_reader: bool,
    /// Whether the model may still be asked for a summary.
    pub may_summarize: bool,
}

/// What a strategy looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The run.
    pub state: &'a RunState,
    /// Its pressure.
    pub pressure: Pressure,
    /// What can be done.
    pub caps: Caps,
    /// Why it is looked at.
    pub reason: EditReason,
}

/// A plan that is to be carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Relieved {
    /// What it does in the main. A summary's text is still to be asked for.
    pub kind: EditKind,
    /// The plan.
    pub plan: ContextEditPlan,
}

/// The part of a refused request that has to go at least, for another to be worth the try.
const CLEARLY: u64 = 10;

/// One way to make a request smaller.
struct Strategy {
    kind: EditKind,
    is_applicable: fn(Caps, &RunState) -> bool,
    propose: fn(&Scene<'_>) -> Option<ContextEditPlan>,
}

const STRATEGIES: &[Strategy] = &[
    externalize::STRATEGY,
    clear_results::STRATEGY,
    clear_inputs::STRATEGY,
    summarize::STRATEGY,
    cut_newest::STRATEGY,
    drop::STRATEGY,
    reframe::STRATEGY,
];

/// The first plan that fits; `None` when there is none.
pub fn relieve(scene: &Scene<'_>) -> Option<Relieved> {
    let mut before: Vec<ContextEdit> = Vec::new();
    let mut last_resort = None;
    for strategy in STRATEGIES {
        let is_last = is_loss(strategy.kind);
        if is_last {
            // Below the limit without losing a message is better than comfortably below it.
            last_resort = last_resort.or_else(|| scene.within_limit(&before));
            if last_resort.is_some() {
                break;
            }
        }
        let Some(plan) = strategy.plan(scene) else { continue };
        let together = scene.plan(merged(scene, &before, &plan.edits));
        let both = [plan, together.clone()];
        if let Some(plan) = both.iter().find(|plan| scene.fits(strategy.kind, plan)) {
            return Some(Relieved { kind: kind_of(strategy.kind, plan), plan: plan.clone() });
        }
        if is_last {
            let most = both.into_iter().max_by_key(|plan| plan.estimate);
            last_resort = most
                .filter(|plan| scene.can_be_sent_after(plan))
                .map(|plan| Relieved { kind: strategy.kind, plan });
        }
        if strategy.kind != EditKind::Summarize {
            before = together.edits;
        }
    }
    last_resort
}

/// The summary that a person asks for; `None` when there is nothing to summarize.
pub fn compact(scene: &Scene<'_>) -> Option<Relieved> {
    let plan = summarize::STRATEGY.plan(scene)?;
    Some(Relieved { kind: EditKind::Summarize, plan })
}

impl Strategy {
    fn plan(&self, scene: &Scene<'_>) -> Option<ContextEditPlan> {
        if !(self.is_applicable)(scene.caps, scene.state) {
            return None;
        }
        (self.propose)(scene)
    }
}

impl Scene<'_> {
    /// Where the newest messages begin, which every strategy leaves as they are.
    pub(crate) fn tail(&self) -> usize {
        let pressure = &self.pressure;
        tail_start(&self.state.conversation, |bytes| pressure.tokens(bytes) <= pressure.keep)
    }

    /// The edits as a plan, with what they save.
    pub fn plan(&self, edits: Vec<ContextEdit>) -> ContextEditPlan {
        let saved = self.pressure.size.0.saturating_sub(self.after(&edits).0);
        ContextEditPlan { reason: self.reason, estimate: Tokens(saved), edits }
    }

    /// The size of the next request after some edits.
    pub fn after(&self, edits: &[ContextEdit]) -> Tokens {
        let mut conversation: Conversation = self.state.conversation.clone();
        conversation.edit(u64::MAX, edits);
        self.pressure.tokens(self.fixed_after(edits) + conversation_bytes(&conversation))
    }

    /// The bytes of the head after some edits.
    fn fixed_after(&self, edits: &[ContextEdit]) -> usize {
        let fixed = fixed_bytes(self.state);
        let system = edits.iter().rev().find_map(|edit| match edit {
            ContextEdit::Reframe { system } => Some(system.len()),
            ContextEdit::Externalize { .. }
            | ContextEdit::ClearResults { .. }
            | ContextEdit::Summarize { .. }
            | ContextEdit::Drop { .. } => None,
        });
        let now = self.state.session.header.as_ref().map_or(0, |header| header.system.len());
        fixed - now + system.unwrap_or(now)
    }

    /// Whether a plan brings the request down far enough. A lighter one has to do more: it will be needed again sooner.
    fn fits(&self, kind: EditKind, plan: &ContextEditPlan) -> bool {
        let after = self.pressure.size.0.saturating_sub(plan.estimate.0);
        let wanted = if is_light(kind) { self.pressure.goal } else { self.pressure.limit };
        plan.estimate.0 > 0 && after <= wanted.0
    }

    /// Whether a request that cannot be sent can be after a plan. What a server takes that has refused one is not known: a
    /// clearly shorter one is worth the try.
    fn can_be_sent_after(&self, plan: &ContextEditPlan) -> bool {
        let size = self.pressure.size.0;
        let most = match self.reason {
            EditReason::Refused => size - size / CLEARLY,
            EditReason::Pressure | EditReason::Asked => self.pressure.most.0,
        };
        size > most && size.saturating_sub(plan.estimate.0) <= most
    }

    fn within_limit(&self, light: &[ContextEdit]) -> Option<Relieved> {
        let plan = self.plan(light.to_vec());
        let clears = |edit: &ContextEdit| matches!(edit, ContextEdit::ClearResults { .. });
        let kind = if light.iter().any(clears) { EditKind::ClearResults } else { EditKind::Externalize };
        let after = self.pressure.size.0.saturating_sub(plan.estimate.0);
        (plan.estimate.0 > 0 && after <= self.pressure.limit.0).then_some(Relieved { kind, plan })
    }
}

/// What a plan does in the main: where nothing could be stored, long texts were cut.
fn kind_of(kind: EditKind, plan: &ContextEditPlan) -> EditKind {
    let stores = plan.edits.iter().any(|edit| matches!(edit, ContextEdit::Externalize { .. }));
    if kind == EditKind::Externalize && !stores { EditKind::ClearResults } else { kind }
}

fn is_light(kind: EditKind) -> bool {
    match kind {
        EditKind::Externalize | EditKind::ClearResults => true,
        EditKind::Summarize | EditKind::Drop | EditKind::Reframe => false,
    }
}

/// Whether something is lost by it that nothing in the conversation stands for any more.
fn is_loss(kind: EditKind) -> bool {
    match kind {
        EditKind::Drop | EditKind::Reframe => true,
        EditKind::Externalize | EditKind::ClearResults | EditKind::Summarize => false,
    }
}

/// The edits of two plans as one, without those of the first that the second makes needless.
fn merged(scene: &Scene<'_>, first: &[ContextEdit], second: &[ContextEdit]) -> Vec<ContextEdit> {
    let conversation = &scene.state.conversation;
    let places: HashMap<Passage, usize> = passages_of(conversation).collect();
    let gone = second.iter().map(|edit| covered(conversation, edit)).max().unwrap_or(0);
    let replaced: HashSet<&Passage> = second.iter().flat_map(passages).collect();
    let is_needed = |passage: &Passage| {
        !replaced.contains(passage) && places.get(passage).is_some_and(|index| *index >= gone)
    };
    let mut edits: Vec<ContextEdit> = first.iter().filter_map(|edit| retained(edit, &is_needed)).collect();
    edits.extend_from_slice(second);
    edits
}

/// Every passage that an edit can name, and the message it stands in.
fn passages_of(conversation: &Conversation) -> impl Iterator<Item = (Passage, usize)> {
    let outputs = outputs(conversation).into_iter().map(|output| (output.passage, output.index));
    let inputs = inputs(conversation).into_iter();
    outputs.chain(inputs.map(|input| (Passage::Input(input.call.clone()), input.index)))
}

/// How many messages an edit takes away.
fn covered(conversation: &Conversation, edit: &ContextEdit) -> usize {
    match edit {
        ContextEdit::Summarize { before, .. } | ContextEdit::Drop { before, .. } => {
            conversation.count_before(*before)
        }
        ContextEdit::Externalize { .. } | ContextEdit::ClearResults { .. } | ContextEdit::Reframe { .. } => 0,
    }
}

fn passages(edit: &ContextEdit) -> Vec<&Passage> {
    match edit {
        ContextEdit::Externalize { replacement, .. } => vec![&replacement.passage],
        ContextEdit::ClearResults { cleared } => cleared.iter().map(|one| &one.passage).collect(),
        ContextEdit::Summarize { .. } | ContextEdit::Drop { .. } | ContextEdit::Reframe { .. } => Vec::new(),
    }
}

/// The edit without the passages that need none; `None` when nothing is left of it.
fn retained(edit: &ContextEdit, is_needed: &dyn Fn(&Passage) -> bool) -> Option<ContextEdit> {
    match edit {
        ContextEdit::Externalize { replacement, .. } => is_needed(&replacement.passage).then(|| edit.clone()),
        ContextEdit::ClearResults { cleared } => {
            let left: Vec<_> = cleared.iter().filter(|one| is_needed(&one.passage)).cloned().collect();
            (!left.is_empty()).then_some(ContextEdit::ClearResults { cleared: left })
        }
        // Nothing comes behind it but another head.
        ContextEdit::Drop { .. } => Some(edit.clone()),
        ContextEdit::Summarize { .. } | ContextEdit::Reframe { .. } => None,
    }
}

#[cfg(test)]
mod tests;
