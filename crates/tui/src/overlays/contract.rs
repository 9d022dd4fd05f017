//! The contract: what is asked for, what of it holds, what is open.

use headwater_protocol::TaskContract;
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::events::{Uncertainty, UncertaintyKind, UncertaintyStatus};

use super::{Line, Overlay, Pick};
use crate::app::Status;
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn contract(status: &Status) -> Overlay {
    let mut lines = Vec::new();
    match status.contract.contract.as_deref() {
        Some(contract) => terms(status, contract, &mut lines),
        None => lines.push(Line::of(
            Slot::Dim,
            "No contract: the model's word is believed. Write one, or let the model declare one.",
        )),
    }
    register(status, &mut lines);
    lines.push(Line::default());
    lines.push(Line::of(Slot::Accent, "▸ edit it in your editor").picking(Pick::EditContract));
    if status.uncertainties.open().next().is_some() {
        let words = "▸ go on with everything that is open as it is";
        lines.push(Line::of(Slot::Accent, words).picking(Pick::AcceptUncertainties(Vec::new())));
    }
    let title = match status.contract.met_of_all() {
        (_, 0) => "contract".to_owned(),
        (met, all) => format!("contract {met}/{all}"),
    };
    Overlay::new(title, "Enter does it · ↑ ↓ choose · / filter · Esc close", lines)
}

fn terms(status: &Status, contract: &TaskContract, lines: &mut Vec<Line>) {
    if !contract.goal.is_empty() {
        lines.push(Line::of(Slot::Heading, sanitize(&contract.goal)));
    }
    lines.extend(contract.required_outputs.iter().flat_map(|output| requirement(status, output)));
    for question in &contract.must_ask {
        lines.push(Line::of(Slot::Text, "? ask: ").and(Slot::Text, sanitize(question)));
    }
    let allowed = contract.acceptability;
    if !allowed.is_default() {
        let sure = allowed
            .min_confidence
            .map_or_else(String::new, |least| format!(" · confidence at least {least}"));
        let words = format!("open uncertainties at most {}{sure}", allowed.max_unknowns);
        lines.push(Line::of(Slot::Dim, words));
    }
}

/// A requirement, and below it what was found instead.
fn requirement(status: &Status, output: &RequiredOutput) -> Vec<Line> {
    let coverage = status.contract.coverage.iter().find(|one| one.id == output.id);
    let is_met = coverage.is_some_and(|one| one.is_met);
    let (sign, slot) = if is_met { ("✓ ", Slot::Ok) } else { ("☐ ", Slot::Text) };
    let own = if status.contract.is_from_model(&output.id) { "  by the model" } else { "" };
    let mut lines = vec![
        Line::of(slot, sign)
            .and(Slot::Text, sanitize(&output.title()))
            .and(Slot::Dim, format!("  {}{own}", sanitize(&output.predicate.to_string()))),
    ];
    if let Some(found) = coverage.map(|one| one.found.as_str()).filter(|found| !found.is_empty()) {
        let slot = if is_met { Slot::Dim } else { Slot::Warn };
        lines.push(Line::of(slot, format!("    {}", sanitize(found))));
    }
    lines
}

/// What is assumed or not known; an open entry can be accepted.
fn register(status: &Status, lines: &mut Vec<Line>) {
    if !status.uncertainties.items.is_empty() {
        lines.push(Line::default());
        lines.push(Line::of(Slot::Heading, "Uncertainties"));
    }
    lines.extend(status.uncertainties.items.iter().map(entry));
}

fn entry(entry: &Uncertainty) -> Line {
    let kind = match entry.kind {
        UncertaintyKind::Assumption => "assumed",
        UncertaintyKind::Unknown => "not known",
    };
    let (sign, slot) = match entry.status {
        UncertaintyStatus::Open => ("? ", Slot::Warn),
        UncertaintyStatus::Resolved => ("✓ ", Slot::Ok),
        UncertaintyStatus::Accepted => ("○ ", Slot::Dim),
    };
    let settles = if entry.resolver.is_empty() { String::new() } else { format!("  ({})", entry.resolver) };
    let line = Line::of(slot, sign)
        .and(Slot::Text, sanitize(&format!("{}: {}", entry.id, entry.text)))
        .and(Slot::Dim, format!("  {kind}{}", sanitize(&settles)));
    match entry.status {
        UncertaintyStatus::Open => line.picking(Pick::AcceptUncertainties(vec![entry.id.clone()])),
        UncertaintyStatus::Resolved | UncertaintyStatus::Accepted => line,
    }
}
