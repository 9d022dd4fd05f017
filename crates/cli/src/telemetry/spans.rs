//! From records to spans: `invoke_agent` around every turn, below it `chat` for every request and `execute_tool` for every
//! call and every block, and what sub-agents, missions and children do below what asked for them.
//!
//! *Invariants:* a pure fold: ids follow from names, times from records; a record cannot make it fail.
//! *Not here:* where the spans go.

mod calls;
mod chats;
mod content;
mod ids;
mod names;
mod open;
mod session;
mod turns;

use std::collections::HashMap;

use headwater_protocol::{Event, Record, SessionId, Timestamp};
use opentelemetry_sdk::trace::SpanData;

pub(crate) use self::content::Content;
use self::open::{OpenSpan, Place};
use self::session::SessionSpans;

/// Sessions above each other that are looked through for a place.
const DEEPEST: usize = 32;

/// The fold.
#[derive(Debug)]
pub(crate) struct SpanFold {
    content: Content,
    sessions: HashMap<SessionId, SessionSpans>,
    /// What asked for a session: its spans hang there.
    anchors: HashMap<SessionId, Anchor>,
    done: Vec<SpanData>,
    now: Timestamp,
}

/// What asked for a session.
#[derive(Clone, Debug)]
struct Anchor {
    place: Place,
    agent: String,
}

impl SpanFold {
    /// A fold over no record yet.
    pub(crate) fn new(content: Content) -> Self {
        Self {
            content,
            sessions: HashMap::new(),
            anchors: HashMap::new(),
            done: Vec::new(),
            now: Timestamp::default(),
        }
    }

    /// Takes the next record; the spans that ended with it.
    pub(crate) fn take(&mut self, record: &Record) -> Vec<SpanData> {
        self.now = record.at;
        let session = self.sessions.entry(record.session.clone()).or_default();
        if session.parent.is_none() {
            session.parent.clone_from(&record.parent);
        }
        self.apply(record);
        std::mem::take(&mut self.done)
    }

    /// Ends what is still open where the log ends: a turn that was cut off.
    pub(crate) fn finish(&mut self) -> Vec<SpanData> {
        let sessions: Vec<SessionId> = self.sessions.keys().cloned().collect();
        for id in sessions {
            self.close_all(&id, turns::CUT);
        }
        std::mem::take(&mut self.done)
    }

    fn apply(&mut self, record: &Record) {
        if let Event::SessionStarted(started) = &record.event {
            let session = self.of(&record.session);
            session.provider.clone_from(&started.vendor);
            session.model.clone_from(&started.model.name);
        } else if let Some((vendor, model)) = record.event.model() {
            let session = self.of(&record.session);
            vendor.clone_into(&mut session.provider);
            session.model.clone_from(&model.name);
        } else if let Event::MissionStarted(_) = &record.event {
            self.of(&record.session).agent = Some(turns::MISSION.to_owned());
        } else {
            self.turn_record(record);
            self.chat_record(record);
            self.call_record(record);
        }
    }

    fn of(&mut self, session: &SessionId) -> &mut SessionSpans {
        self.sessions.entry(session.clone()).or_default()
    }

    /// Where what begins now in a session hangs: in what is open there, in what asked for the session, or in what is open
    /// in the session that it was started from. Otherwise it begins a trace, called by `what`.
    fn place(&self, session: &SessionId, what: &str) -> Place {
        self.inside(session).unwrap_or_else(|| Place {
            trace: ids::trace(session, what),
            parent: opentelemetry::SpanId::INVALID,
        })
    }

    fn inside(&self, session: &SessionId) -> Option<Place> {
        let mut id = session;
        for _ in 0..DEEPEST {
            let spans = self.sessions.get(id)?;
            if let Some(place) = spans.inside() {
                return Some(place);
            }
            if let Some(anchor) = self.anchors.get(id) {
                return Some(anchor.place);
            }
            id = spans.parent.as_ref()?;
        }
        None
    }

    /// Ends a span now.
    fn end(&mut self, span: OpenSpan, error: Option<&str>) {
        self.done.push(span.close(self.now, error));
    }
}

/// A word of the log, as it is written there.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
