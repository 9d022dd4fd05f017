//! Nothing ran that a person was asked about and did not allow, nobody was asked while one was waited for, and nothing
//! reached the network that nobody had let (HARNESS A5).

use headwater_protocol::audit::{NetworkRun, network_runs};
use headwater_protocol::events::ResultStatus;
use headwater_protocol::invariants::Violation;
use headwater_protocol::views::OpenCalls;
use headwater_protocol::{Event, Record, View as _};

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let asked = |record: &&Record| matches!(record.event, Event::ApprovalRequested(_));
    let count = log.loaded.records.iter().filter(asked).count();
    let runs = network_runs(&log.loaded.records);
    let told = format!("{count} approvals were asked for, {} calls reached the network", runs.len());
    let broken = log.violations.iter().filter(|violation| is_gate(violation)).map(ToString::to_string);
    let early = ran_at_gate(&log.loaded.records);
    let faults = broken.chain(runs.iter().filter_map(fault_of)).chain(early).collect();
    Finding { class: "gates", told, faults }
}

/// The calls that ran before all of their message was decided on.
fn ran_at_gate(records: &[Record]) -> Vec<String> {
    let mut calls = OpenCalls::default();
    let mut early = Vec::new();
    for record in records {
        if let Event::ToolReturned(returned) = &record.event
            && returned.status == ResultStatus::Ran
            && calls.is_gated()
            // What asks the person stands itself.
            && calls.question().is_none_or(|question| question.call != returned.call)
        {
            early.push(format!(
                "{} ran (record {}) while its message stood at the gate",
                returned.call, record.seq
            ));
        }
        calls.apply(record);
    }
    early
}

fn fault_of(run: &NetworkRun) -> Option<String> {
    let NetworkRun { call, seq, consent } = run;
    consent.is_none().then(|| format!("{call} reached the network (record {seq}), and nobody had let it"))
}

/// Whether a violation is one of the gates.
pub(super) fn is_gate(violation: &Violation) -> bool {
    matches!(violation, Violation::Unapproved { .. } | Violation::AskedWhileWaiting { .. })
}
