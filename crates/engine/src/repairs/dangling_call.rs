//! A call without a result, because the process ended or the turn was broken off (HARNESS R-A): it gets a
//! result that says so, and is never run again by itself.

use headwater_protocol::events::{RepairKind, Repaired, ResultStatus, ToolReturned};
use headwater_protocol::views::PendingCall;
use headwater_protocol::{EndReason, Event, RunState};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Load && state.is_held() {
        // Nothing of it has begun: it waits for the person as before (HARNESS W3).
        return Vec::new();
    }
    let result = |open| reported(state, open).unwrap_or_else(|| lost(open));
    state.open_calls.iter().flat_map(|open| [repaired(open), result(open)]).collect()
}

/// The report of a sub-agent that was back when the process ended: its call has a result.
fn reported(state: &RunState, open: &PendingCall) -> Option<Event> {
    let returned = state.subagents.report(&open.call)?;
    let is_error = returned.reason != EndReason::Done;
    let (call, name) = (open.call.clone(), open.name.clone());
    let (status, text, millis) = (ResultStatus::Ran, returned.text.clone(), returned.millis);
    let (data, reminders, blobs, files) = Default::default();
    Some(ToolReturned { call, name, is_error, status, text, data, reminders, blobs, files, millis }.into())
}

fn repaired(open: &PendingCall) -> Event {
    let detail = format!("{} had no result", open.name);
    Repaired { kind: RepairKind::DanglingCall, call: Some(open.call.clone()), detail }.into()
}

fn lost(open: &PendingCall) -> Event {
    if open.is_waiting {
        let text = "Not run: the session ended while this call waited for the person's approval.";
        return result(open, ResultStatus::Denied, text);
    }
    let text = "The session ended while this call ran. Whether it took effect is unknown: look before you repeat it.";
    result(open, ResultStatus::Lost, text)
}

/// The terminal result of a call that came to none.
pub(super) fn result(open: &PendingCall, status: ResultStatus, text: &str) -> Event {
    ToolReturned::of_none(open.call.clone(), open.name.clone(), status, text.to_owned()).into()
}
