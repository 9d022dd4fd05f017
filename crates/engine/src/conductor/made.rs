//! Calls of a block that the last process did not finish: the block runs again, and what it has done is not done twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::{ResultStatus, ToolReturned};
use headwater_protocol::repl::ToolAnswer;
use headwater_protocol::{Event, Record, ToolCall};
use serde_json::Value;

/// The calls of the block that was cut off, in their order. Each is answered from the log once.
pub(super) struct Made {
    calls: Mutex<VecDeque<(ToolCall, Option<ToolReturned>)>>,
}

impl Made {
    /// What the log of a mission says.
    pub(super) fn of(records: &[Arc<Record>]) -> Self {
        let edge = records
            .iter()
            .rposition(|record| matches!(record.event, Event::CellStarted(_) | Event::CellReturned(_)));
        let block = edge.and_then(|at| records.get(at..)).unwrap_or_default();
        let is_open = block.first().is_some_and(|record| matches!(record.event, Event::CellStarted(_)));
        let calls = if is_open { calls(block) } else { VecDeque::new() };
        Self { calls: Mutex::new(calls) }
    }

    /// What a call came to in the process before; `None` when it has not been made.
    pub(super) fn take(&self, name: &str, input: &Value) -> Option<Result<ToolAnswer, String>> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let place = calls.iter().position(|(call, _)| call.name == name && call.input == *input)?;
        let (_, returned) = calls.remove(place)?;
        Some(match returned {
            Some(returned) if returned.status != ResultStatus::Lost => {
                Ok(ToolAnswer { text: returned.text, data: returned.data, is_error: returned.is_error })
            }
            Some(_) | None => Err(format!(
                "the process ended while {name} ran, and whether it took effect is not known; look before you repeat it"
            )),
        })
    }
}

fn calls(block: &[Arc<Record>]) -> VecDeque<(ToolCall, Option<ToolReturned>)> {
    let mut calls: VecDeque<(ToolCall, Option<ToolReturned>)> = VecDeque::new();
    for record in block {
        if let Event::ToolCalled(called) = &record.event {
            calls.push_back((called.request.clone(), None));
        } else if let Event::ToolReturned(returned) = &record.event
            && let Some((_, result)) = calls.iter_mut().find(|(call, _)| call.call == returned.call)
        {
            *result = Some(returned.clone());
        }
    }
    calls
}
