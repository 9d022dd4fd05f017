//! Nothing ran that a person was asked about and did not allow, and nobody was asked while one was waited for (HARNESS A5).

use headwater_protocol::Event;
use headwater_protocol::invariants::Violation;

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let asked = |record: &&headwater_protocol::Record| matches!(record.event, Event::ApprovalRequested(_));
    let count = log.loaded.records.iter().filter(asked).count();
    let faults =
        log.violations.iter().filter(|violation| is_gate(violation)).map(ToString::to_string).collect();
    Finding { class: "gates", told: format!("{count} approvals were asked for"), faults }
}

/// Whether a violation is one of the gates.
pub(super) fn is_gate(violation: &Violation) -> bool {
    matches!(violation, Violation::Unapproved { .. } | Violation::AskedWhileWaiting { .. })
}
