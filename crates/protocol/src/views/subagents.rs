//! The sub-agents of a session: who was started, and who has come back.

use std::sync::Arc;

use super::View;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::{SubagentReturned, SubagentStarted};
use crate::ids::{CallId, SessionId};
use crate::record::Record;

/// One sub-agent as the session above it tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subagent {
    /// How it began.
    pub started: Arc<SubagentStarted>,
    /// How it ended; absent while it works.
    pub returned: Option<Arc<SubagentReturned>>,
}

/// The sub-agents in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subagents {
    list: Vec<Subagent>,
}

impl Subagents {
    /// How many were started.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Subagent> {
        self.list.iter()
    }

    /// Those that have not come back.
    pub fn open(&self) -> impl Iterator<Item = &Subagent> {
        self.list.iter().filter(|agent| agent.returned.is_none())
    }

    /// What came back for a call, unless it was lost.
    pub fn report(&self, call: &CallId) -> Option<&Arc<SubagentReturned>> {
        let own = self.list.iter().rev().find(|agent| agent.started.call == *call)?;
        own.returned.as_ref().filter(|returned| returned.reason != EndReason::Terminated)
    }

    /// The one with this session.
    pub fn get(&self, session: &SessionId) -> Option<&Subagent> {
        // The newest are asked for: they stand at the end.
        self.list.iter().rev().find(|agent| agent.started.opened == *session)
    }
}

impl View for Subagents {
    fn apply(&mut self, record: &Record) {
        if let Event::SubagentStarted(started) = &record.event {
            // In its own log the same record says what the session is.
            if started.opened != record.session {
                self.list.push(Subagent { started: Arc::new(started.clone()), returned: None });
            }
        } else if let Event::SubagentReturned(returned) = &record.event {
            let own = self.list.iter_mut().rev().find(|agent| agent.started.opened == returned.opened);
            if let Some(agent) = own.filter(|agent| agent.returned.is_none()) {
                agent.returned = Some(Arc::new(returned.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::units::Usage;
    use crate::views::fold;

    fn record(session: &str, event: impl Into<Event>) -> Record {
        Record {
            seq: 0,
            at: Timestamp::default(),
            session: session.into(),
            parent: None,
            event: event.into(),
        }
    }

    fn started(opened: &str) -> SubagentStarted {
        SubagentStarted {
            call: "c".into(),
            opened: opened.into(),
            number: 1,
            agent: "explore".into(),
            title: "t".into(),
            model: "v/m".into(),
            mode: crate::mode::ModeId::Plan,
            tools: vec![],
            foreign: None,
        }
    }

    #[test]
    fn d2_a_sub_agent_is_open_until_it_came_back_and_never_its_own() {
        let returned = SubagentReturned {
            call: "c".into(),
            opened: "a".into(),
            reason: EndReason::Done,
            text: "r".into(),
            steps: 1,
            usage: Usage::default(),
            cost_usd: None,
            millis: 1,
            foreign: None,
        };
        let mut records = vec![record("s", started("a")), record("s", started("b"))];
        let view: Subagents = fold(&records);
        assert_eq!((view.count(), view.open().count()), (2, 2));
        records.extend([record("s", returned.clone()), record("s", returned)]);
        let view: Subagents = fold(&records);
        let open: Vec<_> = view.open().map(|agent| agent.started.opened.as_str()).collect();
        assert_eq!(open, ["b"]);
        let own: Subagents = fold(&[record("a", started("a"))]);
        assert_eq!(own.count(), 0);
    }
}
