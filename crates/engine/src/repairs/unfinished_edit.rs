//! An edit of the conversation that was cut off in its middle (HARNESS R-F): a summary was asked for, and no record says
//! what became of it. It is rolled back: the messages stay as they were, and it counts as no failure.
//!
//! Every other edit is one record, and holds from there on; the texts it stores are written before, and again from the log
//! where they are not there (`sessions/rebuilding.rs`).

use headwater_protocol::events::{RepairKind, Repaired};
use headwater_protocol::{Event, RunState};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request || !state.relief.is_asking() {
        return Vec::new();
    }
    let detail = "a summary was asked for and never came to be; the messages stay as they were".to_owned();
    vec![Repaired { kind: RepairKind::UnfinishedEdit, call: None, detail }.into()]
}
