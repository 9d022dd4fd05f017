//! A session in one line of a list, without folding its whole log.

use std::path::Path;

use headwater_protocol::op::SessionSummary;
use headwater_protocol::{Event, Record, SessionId, Timestamp, Usd};

/// The tags whose records a summary needs; all other lines are skipped unread.
const WANTED: [&str; 3] =
    ["\"type\":\"session_started\"", "\"type\":\"user_message\"", "\"type\":\"usage_reported\""];

/// Reads what a list shows; `None` when the log cannot be read or never began.
pub(crate) fn summarize(id: &SessionId, log: &Path) -> Option<SessionSummary> {
    let text = std::fs::read(log).ok()?;
    let updated = std::fs::metadata(log).ok()?.modified().ok()?;
    let mut summary = SessionSummary {
        id: id.clone(),
        started: Timestamp::default(),
        updated: timestamp(updated),
        title: String::new(),
        messages: 0,
        cost: Usd(0.0),
        workspace: String::new(),
    };
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    for line in lines.filter(|line| is_wanted(line)) {
        if let Ok(record) = Record::from_line(line) {
            add(&mut summary, &record);
        }
    }
    (!summary.workspace.is_empty()).then_some(summary)
}

/// Whether the head of the line (the tag follows four short fields) names a wanted type.
fn is_wanted(line: &str) -> bool {
    let head = line.get(..line.floor_char_boundary(240)).unwrap_or(line);
    WANTED.iter().any(|tag| head.contains(tag))
}

fn add(summary: &mut SessionSummary, record: &Record) {
    if let Event::SessionStarted(started) = &record.event {
        summary.started = record.at;
        summary.workspace.clone_from(&started.workspace);
    } else if let Event::UserMessage(message) = &record.event {
        summary.messages += 1;
        if summary.title.is_empty() {
            summary.title =
                message.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        }
    } else if let Event::UsageReported(report) = &record.event {
        summary.cost += report.cost_usd.unwrap_or_default();
    }
}

fn timestamp(time: std::time::SystemTime) -> Timestamp {
    let millis = time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
