//! A log of an older program (HARNESS R-G): a record says from where on it is as this one writes it. What stands before
//! is read by the rules of its time, so that its requests come out as they were.

use headwater_protocol::events::Migrated;
use headwater_protocol::{Event, RunState};

use super::Moment;
use crate::sessions::resumable::SCHEMA;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request || !state.session.is_of_first_schema {
        return Vec::new();
    }
    vec![Migrated { from: 1, to: SCHEMA }.into()]
}
