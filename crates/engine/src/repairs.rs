//! Repairs: pure functions from the state to the records that make it whole. They run when a session is
//! loaded and before each request; what they find is recorded, so that a second run finds nothing.
//!
//! To add one: a file here and a line in the list.

mod dangling_call;
pub(crate) mod lost_child;
pub(crate) mod lost_subagent;
mod older_schema;
mod open_turn;
#[cfg(test)]
mod tests;
mod unfinished_edit;
mod unfinished_message;
mod unreported_usage;

use headwater_protocol::{Event, RunState};

/// A repair: the events that mend what it is about; none when nothing is wrong.
type Repair = fn(&RunState, Moment) -> Vec<Event>;

/// When a repair runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A session was loaded: nothing of it runs any more.
    Load,
    /// Within a turn, before a request.
    Request,
}

const REPAIRS: &[Repair] = &[
    older_schema::repair,
    unfinished_message::repair,
    dangling_call::repair,
    lost_child::repair,
    lost_subagent::repair,
    unfinished_edit::repair,
    unreported_usage::repair,
    open_turn::repair,
];

/// The next events that mend `state`; empty when it is whole. The caller applies them and asks again.
pub fn next(state: &RunState, moment: Moment) -> Vec<Event> {
    REPAIRS.iter().map(|repair| repair(state, moment)).find(|events| !events.is_empty()).unwrap_or_default()
}
