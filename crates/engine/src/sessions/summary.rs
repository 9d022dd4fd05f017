//! A session in one line of a list: its first line says whose it is, the rest is read without being folded.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Chain, Cursor, Read as _};
use std::path::Path;

use headwater_protocol::op::SessionSummary;
use headwater_protocol::{Event, Record, SessionId, Timestamp, Usd, title};
use serde::Deserialize;

use crate::regular_file;

/// The tags whose records a summary needs; all other lines are skipped unread.
const WANTED: [&str; 5] = [
    "\"type\":\"user_message\"",
    "\"type\":\"session_titled\"",
    "\"type\":\"usage_reported\"",
    "\"type\":\"calls_gated\"",
    "\"type\":\"turn_ended\"",
];
/// The tags that the second record of a session has which is no conversation: a mission's or a completion's, a
/// sub-agent's.
const WORK: [&str; 2] = ["\"type\":\"mission_started\"", "\"type\":\"subagent_started\""];
/// The bytes in which the tag of a line stands: it follows four short fields.
const HEAD_BYTES: usize = 240;

/// A log whose first line was read.
pub(super) struct Beginning {
    pub(super) id: SessionId,
    pub(super) workspace: String,
    pub(super) kind: SessionKind,
    started: Timestamp,
    updated: Timestamp,
    rest: Rest,
}

/// What follows the first line; its beginning was looked at.
type Rest = Chain<Cursor<Vec<u8>>, BufReader<File>>;

/// What a session is, as its first two lines say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// One that a person carries on.
    Conversation,
    /// A recursive completion of its own.
    Completion,
    /// The work of a mission, of a recursive child or of a sub-agent: it belongs to the session above it.
    Part(SessionId),
}

impl SessionKind {
    /// What a session with this parent is; `is_work` says that its second record begins a mission or a sub-agent.
    pub(crate) fn of(parent: Option<SessionId>, is_work: bool) -> Self {
        match parent {
            Some(parent) if is_work => Self::Part(parent),
            None if is_work => Self::Completion,
            Some(_) | None => Self::Conversation,
        }
    }
}

/// What of a `session_started` record a list shows; the long header is passed over.
#[derive(Deserialize)]
struct Started {
    at: Timestamp,
    #[serde(default)]
    parent: Option<SessionId>,
    workspace: String,
}

impl Beginning {
    /// Reads the first line of `log`; `None` when there is none or it is not the beginning of a session.
    pub(super) fn read(log: &Path, id: SessionId) -> Option<Self> {
        let file = regular_file::open(log).ok()?;
        let updated = timestamp(file.metadata().ok()?.modified().ok()?);
        let mut rest = BufReader::new(file);
        let mut line = Vec::new();
        while line.iter().all(u8::is_ascii_whitespace) {
            line.clear();
            if rest.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
        }
        let Started { at, parent, workspace } = serde_json::from_slice(&line).ok()?;
        let mut head = Vec::new();
        rest.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).ok()?;
        let second = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let second = String::from_utf8_lossy(second);
        let kind = SessionKind::of(parent, WORK.iter().any(|tag| second.contains(tag)));
        Some(Self { id, workspace, kind, started: at, updated, rest: Cursor::new(head).chain(rest) })
    }

    /// What lists are sorted by: the newest is the greatest.
    pub(super) fn order(&self) -> (Timestamp, &SessionId) {
        (self.updated, &self.id)
    }

    /// The second line, whole.
    pub(super) fn second_line(mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        self.rest.read_until(b'\n', &mut line).ok()?;
        Some(line)
    }

    /// Reads the rest of the log, one line at a time, as far as it can be read.
    pub(super) fn summarize(self) -> SessionSummary {
        let Self { id, workspace, started, updated, mut rest, .. } = self;
        let mut summary = SessionSummary {
            id,
            started,
            updated,
            title: String::new(),
            messages: 0,
            cost: None,
            workspace,
            is_waiting: false,
        };
        let (mut line, mut given) = (Vec::new(), String::new());
        while rest.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
            if let Some(record) = wanted(&line) {
                add(&mut summary, &record);
                if let Event::SessionTitled(titled) = record.event {
                    given = title::given(&titled.title);
                }
            }
            line.clear();
        }
        if !given.is_empty() {
            summary.title = given;
        }
        summary
    }
}

/// The record of a line whose head names a wanted type.
fn wanted(line: &[u8]) -> Option<Record> {
    let head = String::from_utf8_lossy(line.get(..HEAD_BYTES).unwrap_or(line));
    let is_wanted = WANTED.iter().any(|tag| head.contains(tag));
    is_wanted.then(|| Record::from_line(std::str::from_utf8(line).ok()?).ok())?
}

fn add(summary: &mut SessionSummary, record: &Record) {
    if let Event::UserMessage(message) = &record.event {
        summary.messages += 1;
        if summary.title.is_empty() {
            summary.title = title::of_message(&message.text);
        }
    } else if let Event::UsageReported(report) = &record.event {
        summary.cost = sum(summary.cost, report.cost_usd);
    } else if let Event::CallsGated(gated) = &record.event {
        summary.is_waiting = !gated.is_passed;
    } else if let Event::TurnEnded(_) = &record.event {
        summary.is_waiting = false;
    }
}

fn sum(so_far: Option<Usd>, more: Option<Usd>) -> Option<Usd> {
    so_far.into_iter().chain(more).reduce(|sum, cost| sum + cost)
}

fn timestamp(time: std::time::SystemTime) -> Timestamp {
    let millis = time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::io::Seek as _;

    use super::*;

    #[test]
    fn of_a_log_of_another_workspace_only_the_first_line_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("transcript.jsonl");
        let first = r#"{"seq":0,"at":"2026-11-21T04:00:00.000Z","type":"session_started","workspace":"/w"}"#;
        std::fs::write(&log, format!("{first}\n{}", "no line\n".repeat(100_000))).unwrap();
        let mut beginning = Beginning::read(&log, "s".into()).unwrap();
        assert_eq!(beginning.workspace, "/w");
        let read = beginning.rest.get_mut().1.stream_position().unwrap();
        assert!(read <= 64 * 1024, "{read} bytes were read");
    }
}
