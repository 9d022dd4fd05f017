//! A turn that never ended, because the process did (HARNESS R-C). One that waits for a person waits on (HARNESS W3).

use headwater_protocol::events::{RepairKind, Repaired, TurnEnded};
use headwater_protocol::{EndReason, Event, RunState};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request || !state.phase.is_running() || state.is_held() {
        return Vec::new();
    }
    let repaired = Repaired {
        kind: RepairKind::OpenTurn,
        call: None,
        detail: format!("turn {} never ended", state.phase.turn),
    };
    let ended = TurnEnded {
        turn: state.phase.turn,
        reason: EndReason::Terminated,
        text: EndReason::Terminated.what_now().to_owned(),
        denied: state.approvals.denied_unattended,
        steps: state.budget.turn_steps,
    };
    vec![repaired.into(), ended.into()]
}
