//! One line of the log: an event with its place, its time and its session.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::event::Event;
use crate::ids::SessionId;
use crate::time::Timestamp;

/// An event as it is kept: one JSON object on one line of `transcript.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Record {
    /// Position in the session, from 0, without gaps.
    pub seq: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// The session it belongs to.
    pub session: SessionId,
    /// The session this one was started from, if any.
    pub parent: Option<SessionId>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// The part of a line that every record has.
#[derive(Deserialize)]
struct Head<'a> {
    seq: u64,
    at: Timestamp,
    session: SessionId,
    #[serde(default)]
    parent: Option<SessionId>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

impl Record {
    /// Reads one line. Two passes over the text, head and payload, cost less than buffering it once as
    /// serde's tagged enums do.
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        let head: Head<'_> = serde_json::from_str(line)?;
        let event = Event::decode(&head.kind, line)?;
        Ok(Self { seq: head.seq, at: head.at, session: head.session, parent: head.parent, event })
    }

    /// Writes one line, without the line feed.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_line(&value.to_string()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::UserMessage;

    #[test]
    fn e1_a_record_reads_back_as_written() {
        let record = Record {
            seq: 7,
            at: Timestamp::from_millis(1_795_233_600_000),
            session: "s".into(),
            parent: None,
            event: UserMessage { text: "say \"hi\"\n".into() }.into(),
        };
        let line = record.to_line().unwrap();
        assert_eq!(
            line,
            r#"{"seq":7,"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"user_message","text":"say \"hi\"\n"}"#
        );
        assert_eq!(Record::from_line(&line).unwrap(), record);
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn e1_an_event_of_a_newer_program_survives_the_round_trip() {
        let line = r#"{"seq":1,"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"from_the_future","deep":{"a":[1,2]}}"#;
        let record = Record::from_line(line).unwrap();
        assert_eq!(record.event.tag(), "from_the_future");
        assert_eq!(record.to_line().unwrap(), line);
    }
}
