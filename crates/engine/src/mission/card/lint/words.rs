//! Rules about what a card says: goal, sub-tasks, checks, globs, claims, notes.

use std::collections::BTreeSet;

use globset::Glob;
use headwater_protocol::MissionCard;
use headwater_protocol::card::{Confidence, DoneCheck, SubTask};

use super::super::super::answers::first_sentence;
use super::super::draft::names;
use super::{path_fault, pattern_fault};

/// The longest goal, in characters: what one reads at a glance.
const LONGEST_GOAL: usize = 300;

/// The goal is one sentence.
pub(super) fn goal(card: &MissionCard) -> Vec<String> {
    let goal = card.goal.trim();
    let fault = if goal.is_empty() {
        "The card has no goal."
    } else if first_sentence(goal) != goal || goal.contains('\n') {
        "The goal is more than one sentence."
    } else if goal.chars().count() > LONGEST_GOAL {
        "The goal is longer than 300 characters."
    } else {
        return Vec::new();
    };
    vec![fault.to_owned()]
}

/// There is something to do, and each sub-task says what and to which end.
pub(super) fn subtasks(card: &MissionCard) -> Vec<String> {
    if card.subtasks.is_empty() {
        return vec!["The card has no sub-tasks.".to_owned()];
    }
    if card.subtasks.iter().all(|task| !task.on) {
        return vec!["Every sub-task is switched off: there is nothing to do.".to_owned()];
    }
    let fault = |task: &SubTask| {
        let lacks = if task.title.trim().is_empty() {
            "has no title"
        } else if task.expected_output.trim().is_empty() {
            "does not say what comes out of it"
        } else {
            return None;
        };
        Some(format!("Sub-task {} {lacks}.", task.n))
    };
    card.subtasks.iter().filter_map(fault).collect()
}

/// Each check of a sub-task can be made.
pub(super) fn checks(card: &MissionCard) -> Vec<String> {
    let fault = |task: &SubTask| match &task.done_check {
        DoneCheck::Command { command } if command.trim().is_empty() => {
            Some(format!("Sub-task {} is checked by a command that is empty.", task.n))
        }
        DoneCheck::Matches { pattern, path } => {
            let pattern = pattern_fault(pattern).map(|why| {
                format!("Sub-task {} is checked by a pattern that cannot be used: {why}.", task.n)
            });
            let path = path.as_deref().and_then(path_fault);
            pattern.or_else(|| {
                path.map(|why| format!("Sub-task {} is checked in a file whose path {why}.", task.n))
            })
        }
        DoneCheck::Command { .. } | DoneCheck::Human => None,
    };
    card.subtasks.iter().filter_map(fault).collect()
}

/// What is looked at and written are globs within the workspace.
pub(super) fn globs(card: &MissionCard) -> Vec<String> {
    let mut faults = Vec::new();
    for task in &card.subtasks {
        for glob in &task.writes {
            let why = path_fault(glob).or_else(|| Glob::new(glob).is_err().then_some("is no glob"));
            faults.extend(why.map(|why| format!("Sub-task {} would write `{glob}`, which {why}.", task.n)));
        }
        for glob in &task.looks_at {
            // A handle names a stored text, not a place.
            let why = Glob::new(glob).is_err().then_some("is no glob");
            let why = if glob.contains(':') { None } else { path_fault(glob).or(why) };
            faults.extend(why.map(|why| format!("Sub-task {} looks at `{glob}`, which {why}.", task.n)));
        }
    }
    faults
}

/// Every claim that a sub-task rests on is a finding of the card.
pub(super) fn claims(card: &MissionCard) -> Vec<String> {
    let known: BTreeSet<&str> = card.findings.iter().map(|finding| finding.id.as_str()).collect();
    let missing = card.subtasks.iter().flat_map(|task| task.claims.iter().map(move |claim| (task.n, claim)));
    missing
        .filter(|(_, claim)| !known.contains(claim.as_str()))
        .map(|(n, claim)| format!("Sub-task {n} rests on `{claim}`, which is no finding of this card."))
        .collect()
}

/// Every claim in doubt that a sub-task rests on is named in the notes.
pub(super) fn notes(card: &MissionCard) -> Vec<String> {
    let borne: BTreeSet<&str> =
        card.subtasks.iter().flat_map(|task| &task.claims).map(String::as_str).collect();
    let is_noted = |id: &str| card.confidence_notes.iter().any(|note| names(note, id));
    let doubtful = card.findings.iter().filter(|finding| borne.contains(finding.id.as_str()));
    let fault = |(id, word): (&str, &str)| {
        (!is_noted(id)).then(|| format!("`{id}` is {word}, and the confidence notes do not say so."))
    };
    doubtful
        .filter_map(|finding| match finding.confidence {
            Confidence::Unsupported => Some((finding.id.as_str(), "unsupported")),
            Confidence::Disputed => Some((finding.id.as_str(), "disputed")),
            Confidence::Refuted => Some((finding.id.as_str(), "refuted")),
            Confidence::High | Confidence::Medium | Confidence::Unchecked => None,
        })
        .filter_map(fault)
        .collect()
}
