//! Turns: `invoke_agent`.

use headwater_protocol::events::{SubagentStarted, TurnEnded, TurnStarted};
use headwater_protocol::{EndReason, Event, Record, SessionId};

use super::open::OpenSpan;
use super::{Anchor, SpanFold, ids, names, word};

/// What the agent is called that is none other.
const AGENT: &str = "headwater";
/// What a mission's root is called.
pub(super) const MISSION: &str = "mission";
/// The kind of failure of what was cut off.
pub(super) const CUT: &str = "unfinished";

impl SpanFold {
    pub(super) fn turn_record(&mut self, record: &Record) {
        if let Event::UserMessage(message) = &record.event {
            self.of(&record.session).said.clone_from(&message.text);
        } else if let Event::TurnStarted(started) = &record.event {
            self.turn_started(record, started);
        } else if let Event::SubagentStarted(started) = &record.event {
            self.subagent_started(record, started);
        } else if let Event::Failed(failed) = &record.event {
            self.of(&record.session).failure = Some(failed.kind.clone());
        } else if let Event::TurnEnded(ended) = &record.event {
            self.turn_ended(record, ended);
        }
    }

    fn turn_started(&mut self, record: &Record, started: &TurnStarted) {
        let id = &record.session;
        self.close_all(id, CUT);
        let what = format!("turn {}", started.turn);
        let place = self.place(id, &what);
        let named = self.anchors.get(id).map(|anchor| anchor.agent.clone());
        let content = self.content;
        let session = self.of(id);
        let agent = named.or_else(|| session.agent.clone()).unwrap_or_else(|| AGENT.to_owned());
        let mut turn = OpenSpan::new(place, ids::span(id, &what), names::INVOKE_AGENT, &agent, record.at)
            .with(names::AGENT, agent)
            .with(names::PROVIDER, session.provider.clone())
            .with(names::REQUEST_MODEL, session.model.clone())
            .with(names::CONVERSATION, id.as_str().to_owned())
            .with(names::MODE, word(&started.mode))
            .with(names::TURN, i64::from(started.turn));
        if let Some(said) = content.message("user", &session.said) {
            turn.set(names::INPUT_MESSAGES, said);
        }
        session.turn = Some(turn);
        session.failure = None;
        (session.usage, session.cost) = Default::default();
    }

    /// What a sub-agent does hangs below the call that asked for it.
    fn subagent_started(&mut self, record: &Record, started: &SubagentStarted) {
        let session = self.of(&record.session);
        let place = session.calls.get(&started.call).map(OpenSpan::inside).or_else(|| session.inside());
        if let Some(place) = place {
            self.anchors.insert(started.opened.clone(), Anchor { place, agent: started.agent.clone() });
        }
    }

    fn turn_ended(&mut self, record: &Record, ended: &TurnEnded) {
        let error = self.failed_as(&record.session, ended.reason);
        let content = self.content;
        self.close_below(&record.session, CUT);
        let session = self.of(&record.session);
        let (usage, cost) = (session.usage, session.cost);
        let Some(mut turn) = session.turn.take() else { return };
        turn.spent(usage, cost);
        turn.set(names::END, word(&ended.reason));
        if let Some(said) = content.message("assistant", &ended.text) {
            turn.set(names::OUTPUT_MESSAGES, said);
        }
        self.end(turn, error.as_deref());
    }

    /// The kind of failure a turn ended with; a person who must go on is none.
    fn failed_as(&mut self, session: &SessionId, reason: EndReason) -> Option<String> {
        let is_failure = !matches!(reason, EndReason::Done | EndReason::NeedsPerson);
        is_failure.then(|| self.of(session).failure.take().unwrap_or_else(|| word(&reason)))
    }

    /// Ends everything that is open in a session.
    pub(super) fn close_all(&mut self, session: &SessionId, error: &str) {
        self.close_below(session, error);
        if let Some(turn) = self.of(session).turn.take() {
            self.end(turn, Some(error));
        }
    }

    /// Ends everything that is open in a session below its turn.
    fn close_below(&mut self, session: &SessionId, error: &str) {
        self.close_chat(session);
        let session = self.of(session);
        let calls = std::mem::take(&mut session.calls).into_values();
        let children = std::mem::take(&mut session.children).into_values();
        let open: Vec<OpenSpan> = children.chain(calls).chain(session.cell.take()).collect();
        for span in open {
            self.end(span, Some(error));
        }
    }
}
