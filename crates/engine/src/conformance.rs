//! Conformance: what must hold of a log, whoever wrote it (HARNESS N2). Each class of rules is a file; nothing is changed,
//! and nothing but the log is looked at.
//!
//! To add one: a file here and a line in the list.

mod artifacts;
mod edits;
mod gates;
mod lines;
mod replays;
mod rules;
mod seals;
mod shape;

use headwater_protocol::invariants::Violation;

use crate::sessions::{Loaded, loading};

/// What one class of rules found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The class.
    pub class: &'static str,
    /// What was looked at, in a few words.
    pub told: String,
    /// What does not hold, one sentence each.
    pub faults: Vec<String>,
}

impl Finding {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Where a log was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the store of sessions, where this program wrote it.
    Store,
    /// Anywhere else: it may be an export or a stream, which have no seals.
    Elsewhere,
}

/// A log as it is examined.
struct Log<'a> {
    origin: Origin,
    bytes: &'a [u8],
    loaded: Loaded,
    /// Broken invariants.
    violations: Vec<Violation>,
}

/// A class of rules.
type Check = fn(&Log<'_>) -> Finding;

const CHECKS: &[Check] = &[
    lines::check,
    shape::check,
    seals::check,
    rules::check,
    gates::check,
    replays::check,
    edits::check,
    artifacts::check,
];

/// Examines a log from its bytes.
pub fn examine(bytes: &[u8], origin: Origin) -> Vec<Finding> {
    let loaded = loading::parse(bytes);
    let violations = headwater_protocol::invariants::check(&loaded.records);
    let log = Log { origin, bytes, loaded, violations };
    CHECKS.iter().map(|check| check(&log)).collect()
}

#[cfg(test)]
mod tests;
