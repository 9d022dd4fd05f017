//! A child that was asked when the process ended: it has no answer, and is asked again when it is needed again.

use headwater_protocol::events::{ChildReturned, ChildStatus, RepairKind, Repaired};
use headwater_protocol::views::Children;
use headwater_protocol::{Event, RunState, Usage};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request {
        return Vec::new();
    }
    ends(&state.children)
}

/// The ends of all that are still open.
pub(crate) fn ends(children: &Children) -> Vec<Event> {
    let lost: Vec<Event> = children.open().map(|child| lost(&child.started.child).into()).collect();
    if lost.is_empty() {
        return lost;
    }
    let detail = match lost.len() {
        1 => "1 child was being asked when the process ended; it is asked again when it is needed".to_owned(),
        count => {
            format!(
                "{count} children were being asked when the process ended; they are asked again when needed"
            )
        }
    };
    let repaired = Repaired { kind: RepairKind::LostChild, call: None, detail };
    std::iter::once(repaired.into()).chain(lost).collect()
}

fn lost(child: &headwater_protocol::ChildId) -> ChildReturned {
    ChildReturned {
        child: child.clone(),
        status: ChildStatus::Lost,
        text: String::new(),
        usage: Usage::default(),
        cost_usd: None,
        is_error: true,
        attempts: 0,
        millis: 0,
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::ChildStarted;
    use headwater_protocol::repl::ChildKind;
    use headwater_protocol::{ChildId, Record, Timestamp, View as _};

    use super::*;

    fn apply(state: &mut RunState, seq: u64, event: Event) {
        state.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
    }

    #[test]
    fn every_open_child_gets_its_end_once() {
        let mut state = RunState::default();
        for n in 0..3 {
            let started = ChildStarted {
                child: ChildId::new(format!("c{n}")),
                cell: Some(1),
                kind: ChildKind::Llm,
                depth: 1,
                model: "v/m".into(),
                prompt: vec![],
                key: format!("k{n}"),
                opened: None,
            };
            apply(&mut state, n, started.into());
        }
        assert!(repair(&state, Moment::Request).is_empty());
        let events = repair(&state, Moment::Load);
        assert_eq!(events.len(), 4);
        for (seq, event) in (3..).zip(events) {
            apply(&mut state, seq, event);
        }
        assert!(repair(&state, Moment::Load).is_empty());
        assert_eq!(state.children.answer("k0"), None, "a lost child answers nothing");
    }
}
