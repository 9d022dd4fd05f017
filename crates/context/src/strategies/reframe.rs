//! Reframe: where the head of the request alone leaves no room, which a change to a model with a small window can bring
//! about, the project's instructions give way to their names. The model is told to read them. Nothing else makes the head
//! smaller, and it is the last way of all: what a project asks for is not to be forgotten.

use std::fmt::Write as _;

use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, RunState};

use super::{Caps, Scene, Strategy};
use crate::header::{INSTRUCTIONS_TITLE, instruction_files};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Reframe, is_applicable, propose };

fn is_applicable(caps: Caps, state: &RunState) -> bool {
    let has_some = |system: &str| instruction_files(system).next().is_some();
    caps.has_reader && state.session.header.as_ref().is_some_and(|header| has_some(&header.system))
}

fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let system = &scene.state.session.header.as_ref()?.system;
    let (head, _) = system.split_once(INSTRUCTIONS_TITLE)?;
    let mut short = format!(
        "{head}{INSTRUCTIONS_TITLE}They are too long for your window. Read them before you change anything, in small pieces, \
         and follow them:\n"
    );
    for (path, bytes) in instruction_files(system) {
        // Writing to a text cannot fail.
        writeln!(short, "- {path} ({bytes} bytes)").ok();
    }
    Some(scene.plan(vec![ContextEdit::Reframe { system: short }]))
}
