//! Replaying a log: the same records must give the same requests (HARNESS E3) and break no invariant.

use headwater_context::{project, summary_request};
use headwater_protocol::invariants::{self, Violation};
use headwater_protocol::{Event, Record, RunState, View as _};

/// What a replay found.
#[derive(Debug, Default)]
pub struct ReplayReport {
    /// Records folded.
    pub records: usize,
    /// Requests whose digest was compared.
    pub requests: usize,
    /// Requests that came out differently.
    pub mismatches: Vec<Mismatch>,
    /// Broken invariants.
    pub violations: Vec<Violation>,
    /// The state at the end.
    pub state: RunState,
}

/// A request that a replay does not reproduce.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The `request_sent` record.
    pub seq: u64,
    /// The digest in the log.
    pub expected: String,
    /// The digest of the replay.
    pub found: String,
}

/// Folds `records` again and compares every request's digest.
pub fn replay(records: &[Record]) -> ReplayReport {
    let mut report = ReplayReport { records: records.len(), ..ReplayReport::default() };
    for record in records {
        if let Event::RequestSent(sent) = &record.event {
            report.requests += 1;
            let found = project(&report.state).map(|projection| projection.digest()).unwrap_or_default();
            if found != sent.digest {
                report.mismatches.push(Mismatch { seq: record.seq, expected: sent.digest.clone(), found });
            }
        }
        if let Event::SummaryRequested(asked) = &record.event {
            report.requests += 1;
            let request = summary_request(&report.state, &asked.ask);
            let found = request.map(|projection| projection.digest()).unwrap_or_default();
            if found != asked.digest {
                report.mismatches.push(Mismatch { seq: record.seq, expected: asked.digest.clone(), found });
            }
        }
        report.state.apply(record);
    }
    report.violations = invariants::check(records);
    report
}
