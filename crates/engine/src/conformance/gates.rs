//! Nothing ran that a person was asked about and did not allow, nobody was asked while one was waited for, and nothing
//! reached the network that nobody had let (HARNESS A5).

use headwater_protocol::Event;
use headwater_protocol::audit::{NetworkRun, network_runs};
use headwater_protocol::invariants::Violation;

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let asked = |record: &&headwater_protocol::Record| matches!(record.event, Event::ApprovalRequested(_));
    let count = log.loaded.records.iter().filter(asked).count();
    let runs = network_runs(&log.loaded.records);
    let told = format!("{count} approvals were asked for, {} calls reached the network", runs.len());
    let broken = log.violations.iter().filter(|violation| is_gate(violation)).map(ToString::to_string);
    let faults = broken.chain(runs.iter().filter_map(fault_of)).collect();
    Finding { class: "gates", told, faults }
}

fn fault_of(run: &NetworkRun) -> Option<String> {
    let NetworkRun { call, seq, consent } = run;
    consent.is_none().then(|| format!("{call} reached the network (record {seq}), and nobody had let it"))
}

/// Whether a violation is one of the gates.
pub(super) fn is_gate(violation: &Violation) -> bool {
    matches!(violation, Violation::Unapproved { .. } | Violation::AskedWhileWaiting { .. })
}
