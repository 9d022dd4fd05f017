//! Who tells the client: each record and delta as the updates it becomes, a file a kind beside this one.

use std::collections::HashMap;
use std::path::Path;

use agent_client_protocol_schema::v1::{SessionUpdate, ToolCallUpdateFields};
use headwater_protocol::events::{ApprovalRequested, told_of_passing};
use headwater_protocol::{Delta, Event, Record, RunState, SessionId};

use super::calls::{Calls, fenced};
use super::notices::notice;
use super::said::Saying;
use super::{Choices, Moment, blocks, notices, options, plan, said, usage};
use crate::commands::acp::capabilities::ClientAbilities;

/// Turns what the engine tells into what the client is told. It holds what was told so far, and nothing that decides.
pub(in crate::commands::acp) struct Narrator {
    session: SessionId,
    abilities: ClientAbilities,
    calls: Calls,
    saying: Saying,
    /// The sub-agents by their sessions.
    agents: HashMap<SessionId, String>,
}

impl Narrator {
    /// Of a session in `workspace`, to a client that can do this.
    pub(in crate::commands::acp) fn new(
        session: SessionId,
        workspace: &Path,
        abilities: ClientAbilities,
    ) -> Self {
        let (calls, saying) = (Calls::new(workspace), Saying::default());
        Self { session, abilities, calls, saying, agents: HashMap::new() }
    }

    /// What a record is told as. `state` has it already.
    pub(in crate::commands::acp) fn record(
        &mut self,
        record: &Record,
        moment: Moment,
        state: &RunState,
        choices: &Choices,
    ) -> Vec<SessionUpdate> {
        if let Event::ToolCalled(called) = &record.event {
            let agent = self.agents.get(&record.session).map(String::as_str);
            return vec![self.calls.called(&called.request, agent)];
        } else if let Event::ToolReturned(returned) = &record.event {
            return vec![self.calls.returned(returned)];
        } else if let Event::CellStarted(cell) = &record.event {
            return vec![blocks::started(&record.session, cell)];
        } else if let Event::CellReturned(cell) = &record.event {
            return vec![blocks::returned(&record.session, cell)];
        } else if record.session != self.session {
            return Vec::new();
        }
        self.own(record, moment, state, choices)
    }

    fn own(
        &mut self,
        record: &Record,
        moment: Moment,
        state: &RunState,
        choices: &Choices,
    ) -> Vec<SessionUpdate> {
        if let Event::SessionStarted(started) = &record.event {
            self.calls.know(&started.header.tools);
            Vec::new()
        } else if let Event::UserMessage(message) = &record.event {
            self.saying.user(&message.text, moment)
        } else if let Event::UserShell(shell) = &record.event {
            self.saying.user(&format!("!{}\n\n{}", shell.command, fenced(&shell.output)), moment)
        } else if let Event::AssistantMessage(message) = &record.event {
            self.saying.message(message, moment)
        } else if let Event::TurnEnded(ended) = &record.event {
            self.saying.ended(ended, moment)
        } else if let Event::SubagentStarted(started) = &record.event {
            self.agents.insert(started.opened.clone(), started.agent.clone());
            Vec::new()
        } else if let Event::TodosChanged(changed) = &record.event {
            vec![plan::of_todos(&changed.todos)]
        } else if matches!(
            record.event,
            Event::MissionProposed(_)
                | Event::MissionApproved(_)
                | Event::MissionRejected(_)
                | Event::MissionEnded(_)
        ) {
            plan::of_mission(&state.mission).into_iter().collect()
        } else if let Event::FinalRefused(refused) = &record.event {
            vec![said::thought(&plan::gaps(refused))]
        } else if matches!(record.event, Event::UsageReported(_) | Event::ContextEdited(_)) {
            usage::update(state).into_iter().collect()
        } else if let Event::ModeChanged(_) = &record.event {
            vec![options::mode(state), choices.update(state)]
        } else if record.event.model().is_some() {
            let told = self.told_now(told_of_passing(&record.event), moment);
            told.into_iter().chain(usage::update(state)).chain([choices.update(state)]).collect()
        } else if let Event::HookRan(ran) = &record.event {
            self.told_now(notices::hook(ran), moment).into_iter().collect()
        } else {
            self.told_now(told_of_passing(&record.event), moment).into_iter().collect()
        }
    }

    /// A sentence about what happens now; of the past it is not told.
    fn told_now(&self, text: Option<String>, moment: Moment) -> Option<SessionUpdate> {
        text.filter(|_| moment == Moment::Now).and_then(|text| self.notice(&text))
    }

    /// What a delta is told as.
    pub(in crate::commands::acp) fn delta(&mut self, delta: &Delta) -> Option<SessionUpdate> {
        match delta {
            Delta::Text { text } => Some(self.saying.text(text)),
            Delta::Thinking { text } => Some(self.saying.thinking(text)),
            Delta::ToolStarted { call } => Some(Calls::started(call)),
            Delta::ToolOutput { call, text } => self.calls.output(call, text),
            Delta::Notice { text } => self.notice(text),
            Delta::Waiting { on } => notices::waiting(on).and_then(|text| self.notice(&text)),
            // Its calls are told; what it writes is for the turn above.
            Delta::Within { delta, .. } => match delta.as_ref() {
                Delta::ToolStarted { .. } | Delta::ToolOutput { .. } => self.delta(delta),
                Delta::Text { .. }
                | Delta::Thinking { .. }
                | Delta::CallProgress { .. }
                | Delta::Waiting { .. }
                | Delta::Queued { .. }
                | Delta::ModePending { .. }
                | Delta::Research { .. }
                | Delta::Drawn { .. }
                | Delta::Children { .. }
                | Delta::Within { .. }
                | Delta::Notice { .. } => None,
            },
            Delta::CallProgress { .. }
            | Delta::Queued { .. }
            | Delta::ModePending { .. }
            | Delta::Research { .. }
            | Delta::Drawn { .. }
            | Delta::Children { .. } => None,
        }
    }

    /// A sentence for the person, for a client that shows such; it goes before what is said otherwise.
    pub(in crate::commands::acp) fn notice(&self, text: &str) -> Option<SessionUpdate> {
        self.abilities.has_notices.then(|| notice(text))
    }

    /// A text that the program itself says.
    pub(in crate::commands::acp) fn say(&mut self, text: &str) -> SessionUpdate {
        self.saying.own_words(text)
    }

    /// The call that waits for a yes, as the client shows it.
    pub(in crate::commands::acp) fn asked(&self, request: &ApprovalRequested) -> ToolCallUpdateFields {
        self.calls.asked(request)
    }
}
