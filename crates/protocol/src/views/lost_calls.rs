//! Calls whose effect nobody knows, because the process ended while they ran (HARNESS R-A): until something else has run
//! and was looked at, the same call may not simply be made again.

use super::View;
use crate::event::Event;
use crate::events::ResultStatus;
use crate::ids::CallId;
use crate::record::Record;

/// The calls that may not be repeated blindly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostCalls {
    lost: Vec<CallId>,
}

impl LostCalls {
    /// The calls that were lost since something has run.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &CallId> {
        self.lost.iter()
    }
}

impl View for LostCalls {
    fn apply(&mut self, record: &Record) {
        let Event::ToolReturned(returned) = &record.event else { return };
        match returned.status {
            ResultStatus::Lost => self.lost.push(returned.call.clone()),
            ResultStatus::Ran => self.lost.clear(),
            ResultStatus::Denied
            | ResultStatus::Refused
            | ResultStatus::Repeated
            | ResultStatus::Cancelled => {}
        }
    }
}
