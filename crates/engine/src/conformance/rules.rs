//! The invariants of every transcript, those of the gates apart.

use super::gates::is_gate;
use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let broken = log.violations.iter().filter(|violation| !is_gate(violation));
    let faults = broken.map(ToString::to_string).collect();
    Finding { class: "invariants", told: "calls, turns, references, ends".to_owned(), faults }
}
