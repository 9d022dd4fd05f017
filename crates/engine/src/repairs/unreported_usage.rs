//! A request on which nobody will report any more, because the process ended (HARNESS R-E): it counts as it was estimated,
//! so that the limits hold, and the sums are marked as the least it can be.

use headwater_protocol::events::{RepairKind, Repaired};
use headwater_protocol::{Event, RunState};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request || !state.budget.awaits_report() {
        return Vec::new();
    }
    let tokens = state.budget.last_estimate;
    let detail = format!("what the last request used was never reported; it counts as {} tokens", tokens.0);
    vec![Repaired { kind: RepairKind::UnreportedUsage, call: None, detail }.into()]
}
