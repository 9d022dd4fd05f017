//! What keeps a card from being approved: one rule a function, one sentence a fault (RECURSIVE §7.8).
//!
//! *Invariants:* pure; a card without faults can be enforced as it stands.

mod budget;
mod contract;
mod graph;
mod words;

use headwater_protocol::MissionCard;
use regex::Regex;

pub use self::contract::predicate_fault;

/// A rule: the faults of a card, one sentence each.
type Rule = fn(&MissionCard) -> Vec<String>;

/// The rules, in the order in which their faults are shown.
const RULES: &[Rule] = &[
    words::goal,
    words::subtasks,
    words::checks,
    words::globs,
    words::claims,
    words::notes,
    graph::numbers,
    graph::dependencies,
    graph::circles,
    contract::outputs,
    contract::predicates,
    budget::limits,
    budget::room,
];

/// The faults of a card; none means that it may be approved.
pub fn lint(card: &MissionCard) -> Vec<String> {
    RULES.iter().flat_map(|rule| rule(card)).collect()
}

/// Why a pattern cannot be used, in one line.
fn pattern_fault(pattern: &str) -> Option<String> {
    if pattern.is_empty() {
        return Some("it is empty".to_owned());
    }
    let error = Regex::new(pattern).err()?.to_string();
    let last = error.lines().last().unwrap_or_default();
    Some(last.trim_start_matches("error: ").to_owned())
}

/// Why a path or a glob cannot be granted, in a few words.
fn path_fault(path: &str) -> Option<&'static str> {
    let is_absolute = path.starts_with(['/', '\\', '~']) || path.get(1..2) == Some(":");
    if path.trim().is_empty() {
        return Some("is empty");
    }
    if is_absolute {
        return Some("is not relative to the workspace");
    }
    path.split(['/', '\\']).any(|part| part == "..").then_some("leaves the workspace")
}

#[cfg(test)]
mod tests;
