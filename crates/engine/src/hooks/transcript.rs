//! The conversation in the form in which hooks of other agents read it: one JSON object a line, with the role and the
//! content of each message. It is made for hooks alone and only where there are any.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use headwater_protocol::{Event, Record};
use serde_json::{Value, json};

use super::vocabulary;

/// The name of its file, in the directory of a session.
pub(super) const NAME: &str = "transcript-for-hooks.jsonl";

/// Writes what `records` hold beyond the first `known` of them; a fresh file, where nothing is known.
pub(super) fn keep_up(
    path: &Path,
    records: &[Arc<Record>],
    known: usize,
    workspace: &Path,
) -> io::Result<()> {
    let lines: String = records.iter().skip(known).filter_map(|record| line(record, workspace)).collect();
    if known > 0 && lines.is_empty() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    let mut file =
        options.create(true).write(true).append(known > 0).truncate(known == 0).mode(0o600).open(path)?;
    file.write_all(lines.as_bytes())
}

/// The line of a record; `None` where a record is no part of the conversation.
fn line(record: &Record, workspace: &Path) -> Option<String> {
    let (kind, message) = message(&record.event, workspace)?;
    let line = json!({
        "type": kind,
        "sessionId": record.session.to_string(),
        "timestamp": record.at.to_string(),
        "cwd": workspace.to_string_lossy(),
        "message": message,
    });
    Some(format!("{line}\n"))
}

fn message(event: &Event, workspace: &Path) -> Option<(&'static str, Value)> {
    if let Event::UserMessage(said) = event {
        return Some(("user", json!({"role": "user", "content": said.text})));
    }
    if let Event::AssistantMessage(said) = event {
        let content = json!([{"type": "text", "text": said.text}]);
        return (!said.text.is_empty())
            .then(|| ("assistant", json!({"role": "assistant", "model": said.origin, "content": content})));
    }
    if let Event::ToolCalled(called) = event {
        let call = &called.request;
        let input = vocabulary::told(&call.name, &call.input, workspace);
        let name = vocabulary::name_of(&call.name);
        let content =
            json!([{"type": "tool_use", "id": call.call.to_string(), "name": name, "input": input}]);
        return Some(("assistant", json!({"role": "assistant", "content": content})));
    }
    if let Event::ToolReturned(returned) = event {
        let content = json!([{
            "type": "tool_result", "tool_use_id": returned.call.to_string(),
            "content": returned.text, "is_error": returned.is_error,
        }]);
        return Some(("user", json!({"role": "user", "content": content})));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_protocol::StopSignal;
    use headwater_protocol::events::{AssistantMessage, TurnStarted, UserMessage};
    use headwater_protocol::{ModeId, Timestamp};

    fn record(seq: u64, event: impl Into<Event>) -> Arc<Record> {
        let at = Timestamp::default();
        Arc::new(Record { seq, at, session: "s".into(), parent: None, event: event.into() })
    }

    #[test]
    fn b7_the_last_words_of_the_assistant_are_found_as_recorded_hooks_look_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let said = |text: &str| AssistantMessage {
            text: text.into(),
            blocks: Vec::new(),
            origin: "v/m".into(),
            stop: StopSignal::EndTurn,
        };
        let mut records = vec![record(0, UserMessage { text: "go".into() }), record(1, said("first"))];
        keep_up(&path, &records, 0, Path::new("/w")).unwrap();
        records.push(record(2, TurnStarted { turn: 1, mode: ModeId::Agent }));
        records.push(record(3, said("last")));
        keep_up(&path, &records, 2, Path::new("/w")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let last = text.lines().rfind(|line| line.contains("\"role\":\"assistant\"")).unwrap();
        let value: Value = serde_json::from_str(last).unwrap();
        assert_eq!((text.lines().count(), &value["message"]["content"][0]["text"]), (3, &json!("last")));
    }
}
