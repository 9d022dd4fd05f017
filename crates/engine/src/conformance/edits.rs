//! Edits of the conversation save what they claim, within a tenth (HARNESS X1).

use headwater_context::{estimate, project};
use headwater_protocol::events::ContextEdited;
use headwater_protocol::{EditKind, Event, RunState, View as _};

use super::{Finding, Log};

/// The part of what was saved by which the claim may be off.
const SLACK: f64 = 0.10;
/// Tokens that are no matter.
const LITTLE: f64 = 64.0;

pub(super) fn check(log: &Log<'_>) -> Finding {
    let (mut state, mut count, mut faults) = (RunState::default(), 0, Vec::new());
    for record in &log.loaded.records {
        let before = if let Event::ContextEdited(_) = &record.event { size(&state) } else { None };
        state.apply(record);
        if let Event::ContextEdited(edited) = &record.event {
            count += 1;
            let saved = before.zip(size(&state)).map(|(before, after)| before - after);
            faults.extend(saved.and_then(|saved| fault_of(record.seq, edited, saved)));
        }
    }
    Finding { class: "edits", told: format!("{count} edits of the conversation"), faults }
}

/// The next request, in tokens as the plans count them.
fn size(state: &RunState) -> Option<f64> {
    project(state).map(|projection| estimate(&projection, state.budget.calibration).0 as f64)
}

fn fault_of(seq: u64, edited: &ContextEdited, saved: f64) -> Option<String> {
    if edited.kind == EditKind::Reframe {
        return None;
    }
    let claimed = edited.plan.estimate.0 as f64;
    if saved <= 0.0 {
        return Some(format!("record {seq} saves nothing"));
    }
    let is_off = (claimed - saved).abs() > LITTLE.max(SLACK * saved);
    is_off.then(|| format!("record {seq} says that it saves {claimed} tokens and saves {saved}"))
}
