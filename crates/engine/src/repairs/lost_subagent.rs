//! A sub-agent that worked when the process ended: it gets its end, and is never started again by itself. Its own log
//! keeps what it did.

use headwater_protocol::events::{RepairKind, Repaired, SubagentReturned};
use headwater_protocol::views::{Subagent, Subagents};
use headwater_protocol::{EndReason, Event, RunState, Usage};

use super::Moment;

pub(super) fn repair(state: &RunState, moment: Moment) -> Vec<Event> {
    if moment == Moment::Request {
        return Vec::new();
    }
    ends(&state.subagents)
}

/// The ends of all that are still open.
pub(crate) fn ends(agents: &Subagents) -> Vec<Event> {
    agents.open().flat_map(|agent| [repaired(agent), returned(agent)]).collect()
}

fn repaired(agent: &Subagent) -> Event {
    let started = &agent.started;
    let detail = format!(
        "the sub-agent {} ({}) was lost when the process ended; what it did stands in session {}",
        started.agent, started.title, started.opened
    );
    Repaired { kind: RepairKind::LostSubagent, call: Some(started.call.clone()), detail }.into()
}

fn returned(agent: &Subagent) -> Event {
    SubagentReturned {
        call: agent.started.call.clone(),
        opened: agent.started.opened.clone(),
        reason: EndReason::Terminated,
        text: "Lost: the process ended while it worked.".to_owned(),
        steps: 0,
        usage: Usage::default(),
        cost_usd: None,
        millis: 0,
        foreign: None,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::SubagentStarted;
    use headwater_protocol::{ModeId, Record, Timestamp, View as _};

    use super::*;

    fn apply(state: &mut RunState, event: impl Into<Event>) {
        let event = event.into();
        state.apply(&Record { seq: 0, at: Timestamp::default(), session: "s".into(), parent: None, event });
    }

    #[test]
    fn d2_a_lost_sub_agent_gets_its_end_once_and_its_cost_is_unknown() {
        let mut state = RunState::default();
        apply(
            &mut state,
            SubagentStarted {
                call: "c".into(),
                opened: "a".into(),
                number: 1,
                agent: "explore".into(),
                title: "look".into(),
                model: "v/m".into(),
                mode: ModeId::Plan,
                tools: vec![],
                foreign: None,
            },
        );
        assert!(repair(&state, Moment::Request).is_empty());
        let events = repair(&state, Moment::Load);
        assert_eq!(events.iter().map(Event::tag).collect::<Vec<_>>(), ["repaired", "subagent_returned"]);
        for event in events {
            apply(&mut state, event);
        }
        assert!(repair(&state, Moment::Load).is_empty());
        assert!(state.budget.is_cost_partial);
    }
}
