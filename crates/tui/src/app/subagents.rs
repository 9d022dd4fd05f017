//! Records of sub-agents: kept away from the conversation, shown in the line of their task, and what they ask of the
//! person brought before them.

use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::{CallId, Delta, Event, Record, SessionId};

use super::{App, Effect, Status};

/// What sub-agents ask of the person, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskedBelow {
    waiting: Vec<AskedBy>,
}

/// A request of one sub-agent.
#[derive(Clone, Debug)]
struct AskedBy {
    session: SessionId,
    agent: String,
    asked: ApprovalRequested,
}

impl AskedBelow {
    fn apply(&mut self, record: &Record, agent: &str) {
        if let Event::ApprovalRequested(asked) = &record.event {
            let (session, agent) = (record.session.clone(), agent.to_owned());
            self.waiting.push(AskedBy { session, agent, asked: asked.clone() });
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.over(&given.call);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.over(&returned.call);
        } else if let Event::TurnEnded(_) = &record.event {
            self.gone(&record.session);
        }
    }

    fn over(&mut self, call: &CallId) {
        self.waiting.retain(|by| by.asked.call != *call);
    }

    fn gone(&mut self, session: &SessionId) {
        self.waiting.retain(|by| by.session != *session);
    }
}

impl Status {
    /// What waits for the person, the conversation's own first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &ApprovalRequested> {
        self.approvals.waiting.iter().chain(self.below.waiting.iter().map(|by| &by.asked))
    }

    /// The sub-agent that asks for a call.
    pub(crate) fn asker(&self, call: &CallId) -> Option<&str> {
        self.below.waiting.iter().find(|by| by.asked.call == *call).map(|by| by.agent.as_str())
    }
}

impl App {
    /// Whether a record belongs to a sub-agent of the conversation.
    pub(super) fn is_of_subagent(&self, record: &Record) -> bool {
        self.missions.agents().get(&record.session).is_some()
    }

    /// Takes in a record of a sub-agent's own session.
    pub(super) fn subagent_record(&mut self, record: &Record) -> Vec<Effect> {
        self.missions.agents_mut().apply(record);
        let Some(agent) = self.missions.agents().get(&record.session) else { return Vec::new() };
        self.pane.follow_agent(agent);
        self.pane.apply_agent_record(record, agent);
        self.status.below.apply(record, &agent.name);
        if let Event::ToolCalled(called) = &record.event {
            self.deck.called(&called.request);
        } else if let Event::ApprovalRequested(asked) = &record.event {
            self.deck.asked(asked);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.deck.returned(&returned.call);
        }
        self.look_at_cards()
    }

    /// Takes in what a record of the conversation says of a sub-agent; its call is in the transcript already.
    pub(super) fn subagent_told(&mut self, record: &Record) {
        let clock = self.clock_ms();
        self.missions.agents_mut().told(record, clock);
        let session = if let Event::SubagentStarted(started) = &record.event {
            &started.opened
        } else if let Event::SubagentReturned(returned) = &record.event {
            self.status.below.gone(&returned.opened);
            &returned.opened
        } else {
            return;
        };
        if let Some(agent) = self.missions.agents().get(session) {
            self.pane.follow_agent(agent);
        }
    }

    /// Takes in what passes in a sub-agent.
    pub(super) fn subagent_delta(&mut self, session: &SessionId, delta: &Delta) {
        self.missions.agents_mut().apply_delta(session, delta);
        if let Some(agent) = self.missions.agents().get(session) {
            self.pane.follow_agent(agent);
        }
    }
}
