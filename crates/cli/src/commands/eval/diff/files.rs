//! What two trials left behind, file by file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use super::super::artifacts::Artifact;
use super::super::report::Outcome;
use super::compare::Pair;
use crate::output::without_controls;

/// Lines of a difference that are shown.
const SHOWN: usize = 24;

/// The files that differ, each with the lines that do; empty when everything is the same.
pub(super) fn of(pair: Pair<'_>, (before, after): (&Path, &Path)) -> Vec<String> {
    let (old, new) = (by_path(pair.before), by_path(pair.after));
    let mut changes = Vec::new();
    for (path, artifact) in &old {
        match new.get(path) {
            None => changes.push(format!("- {path} ({} bytes)", artifact.bytes)),
            Some(other) if other.sha256 == artifact.sha256 => {}
            Some(other) => {
                let place = |run: &Path, trial: &Outcome| {
                    run.join("trials").join(&trial.case).join(trial.number.to_string()).join(path)
                };
                let (one, two) = (place(before, pair.before), place(after, pair.after));
                changes.push(changed((artifact, other), (&one, &two)));
            }
        }
    }
    let added = new.iter().filter(|(path, _)| !old.contains_key(*path));
    changes.extend(added.map(|(path, artifact)| format!("+ {path} ({} bytes)", artifact.bytes)));
    changes
}

fn by_path(trial: &Outcome) -> BTreeMap<&str, &Artifact> {
    trial.artifacts.iter().map(|artifact| (artifact.path.as_str(), artifact)).collect()
}

fn changed((old, new): (&Artifact, &Artifact), (before, after): (&Path, &Path)) -> String {
    let head = format!("~ {} ({} → {} bytes)", old.path, old.bytes, new.bytes);
    // A large file was not kept, and what is no text is known by its digest alone.
    let (Ok(before), Ok(after)) = (std::fs::read_to_string(before), std::fs::read_to_string(after)) else {
        return head;
    };
    let diff = TextDiff::from_lines(&before, &after);
    let unified = diff.unified_diff().context_radius(1).to_string();
    let lines: Vec<&str> = unified.lines().collect();
    let mut text = head;
    // Writing to a text cannot fail.
    for line in lines.iter().take(SHOWN) {
        write!(text, "\n    {}", without_controls(line)).ok();
    }
    if lines.len() > SHOWN {
        write!(text, "\n    … {} more lines", lines.len() - SHOWN).ok();
    }
    text
}
