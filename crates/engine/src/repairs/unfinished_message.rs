//! A message of the model that was recorded in half: some of its calls were never written down (HARNESS R-B). All calls are
//! recorded before the first is run, so nothing of the message ran, and the session goes back to the checkpoint before it
//! (HARNESS T4): the model is asked again as if it had not answered.

use headwater_protocol::events::{RepairKind, Repaired, ResultStatus};
use headwater_protocol::views::PendingCall;
use headwater_protocol::{Event, RunState};

use super::{Moment, dangling_call};

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request || !state.phase.is_running() || !state.conversation.is_unfinished() {
        return Vec::new();
    }
    let detail =
        "the model's last message was recorded in half, and nothing of it ran; it does not count".to_owned();
    let repaired = Repaired { kind: RepairKind::UnfinishedMessage, call: None, detail };
    std::iter::once(repaired.into()).chain(state.open_calls.iter().map(never_begun)).collect()
}

fn never_begun(open: &PendingCall) -> Event {
    let text = "Not run: the session ended before it began.";
    dangling_call::result(open, ResultStatus::Cancelled, text)
}
