//! What the transcript keeps of sub-agents: the line of each task, and what one asks of the person.

use headwater_protocol::{Event, Record};

use super::TranscriptPane;
use crate::cells::Cell;
use crate::subagents::Agent;

impl TranscriptPane {
    /// A sub-agent has got on, or has come back.
    pub fn follow_agent(&mut self, agent: &Agent) {
        let Some(index) = self.calls.get(&agent.started.call).copied() else { return };
        self.change(index, |cell| {
            if let Cell::Task(task) = cell {
                if agent.returned.is_some() { task.came_back(agent) } else { task.follow(agent) }
            }
        });
    }

    /// Takes in a record of a sub-agent's own session: only what is asked of the person is shown, and by whom.
    pub fn apply_agent_record(&mut self, record: &Record, agent: &Agent) {
        if let Event::ToolCalled(called) = &record.event {
            self.requests.insert(called.request.call.clone(), called.request.clone());
        } else if let Event::ToolReturned(returned) = &record.event {
            self.requests.remove(&returned.call);
            self.abandon_approval(&returned.call);
        } else if let Event::ApprovalRequested(asked) = &record.event {
            let mut asked = asked.clone();
            asked.why = format!("{}: {}", agent.name, asked.why);
            self.asked(&asked);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.given(given);
        }
    }

    /// The call came to its end without an answer.
    fn abandon_approval(&mut self, call: &headwater_protocol::CallId) {
        let Some(index) = self.approvals.remove(call) else { return };
        self.change(index, |cell| {
            if let Cell::Approval(approval) = cell {
                approval.abandon();
            }
        });
    }
}
