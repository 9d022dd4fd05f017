//! Calls whose effect nobody knows, because the process ended while they ran (HARNESS R-A): until something else has run
//! and was looked at, the same call may not simply be made again.

use std::collections::{HashMap, HashSet};

use super::{Progress, View};
use crate::event::Event;
use crate::events::{ResultStatus, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;

/// The calls that may not be repeated blindly, by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostCalls {
    open: HashMap<CallId, u64>,
    lost: HashSet<u64>,
}

impl LostCalls {
    /// Whether this call was lost, and nothing has been looked at since.
    pub fn holds(&self, call: u64) -> bool {
        self.lost.contains(&call)
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let Some(digest) = self.open.remove(&returned.call) else { return };
        match returned.status {
            ResultStatus::Lost => {
                self.lost.insert(digest);
            }
            ResultStatus::Ran => self.lost.clear(),
            ResultStatus::Denied
            | ResultStatus::Refused
            | ResultStatus::Repeated
            | ResultStatus::Cancelled => {}
        }
    }
}

impl View for LostCalls {
    fn apply(&mut self, record: &Record) {
        if let Event::ToolCalled(called) = &record.event {
            let request = &called.request;
            self.open.insert(request.call.clone(), Progress::call_digest(&request.name, &request.input));
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        }
    }
}
