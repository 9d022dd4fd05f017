//! What each tool and each command came to last, with the record that shows it (HARNESS Z2: `tool_result_passed`).

use std::collections::BTreeMap;

use foldhash::HashMap;
use serde_json::Value;

use super::View;
use crate::event::Event;
use crate::events::{ResultStatus, ToolReturned};
use crate::ids::CallId;
use crate::message::ToolCall;
use crate::record::Record;
use crate::tool::TouchKind;

/// The last result of each tool and of each command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolResults {
    /// The commands of calls without a result; `None` where a call runs none.
    open: HashMap<CallId, Option<String>>,
    last: BTreeMap<String, LastResult>,
    commands: BTreeMap<(String, String), LastResult>,
    /// The record of the last change that a tool made to a file.
    changed: Option<u64>,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastResult {
    /// Its record.
    pub seq: u64,
    /// Whether it passed.
    pub has_passed: bool,
}

impl ToolResults {
    /// The last result of a tool.
    pub fn of_tool(&self, tool: &str) -> Option<LastResult> {
        self.last.get(tool).copied()
    }

    /// The last result of a command, run by this tool.
    pub fn of_command(&self, tool: &str, command: &str) -> Option<LastResult> {
        self.commands.get(&(tool.to_owned(), normal(command))).copied()
    }

    /// Whether a tool has changed a file after this record.
    pub fn has_changed_since(&self, seq: u64) -> bool {
        self.changed.is_some_and(|changed| changed > seq)
    }

    /// What was run since is forgotten. That files have changed since is not: it may be so still.
    pub fn go_back(&mut self, then: &Self) {
        self.last.clone_from(&then.last);
        self.commands.clone_from(&then.commands);
    }

    fn returned(&mut self, seq: u64, returned: &ToolReturned) {
        if returned.files.iter().any(|touch| touch.kind != TouchKind::Read) {
            self.changed = Some(seq);
        }
        let Some(command) = self.open.remove(&returned.call) else { return };
        let result = LastResult { seq, has_passed: has_passed(returned, command.is_some()) };
        self.last.insert(returned.name.clone(), result);
        if let Some(command) = command {
            self.commands.insert((returned.name.clone(), command), result);
        }
    }
}

impl View for ToolResults {
    fn apply(&mut self, record: &Record) {
        if let Event::ToolCalled(called) = &record.event {
            self.open.insert(called.request.call.clone(), command_of(&called.request));
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(record.seq, returned);
        } else if let Event::Rewound(rewound) = &record.event
            && !rewound.restored.is_empty()
        {
            self.changed = Some(record.seq);
        }
    }
}

/// The command that a call runs, to its end.
fn command_of(request: &ToolCall) -> Option<String> {
    request.input.get("command").and_then(Value::as_str).map(normal)
}

/// A command came to its own end with code 0: one that was left in the background has not.
fn has_passed(returned: &ToolReturned, is_command: bool) -> bool {
    let ended = returned.data.get("exit").and_then(Value::as_str) == Some("code")
        && returned.data.get("code").and_then(Value::as_u64) == Some(0);
    returned.status == ResultStatus::Ran && !returned.is_error && (ended || !is_command)
}

/// A command without what makes no difference: the white space around it.
fn normal(command: &str) -> String {
    command.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::events::ToolCalled;
    use crate::time::Timestamp;
    use crate::tool::FileTouch;
    use crate::views::fold;

    fn call(seq: u64, name: &str, input: Value, returned: impl FnOnce(&mut ToolReturned)) -> [Record; 2] {
        let call = CallId::new(seq.to_string());
        let request = ToolCall { call: call.clone(), name: name.into(), input, malformed: None };
        let mut result = ToolReturned {
            data: json!({"exit": "code", "code": 0}),
            ..ToolReturned::ran(call, name.into(), String::new())
        };
        returned(&mut result);
        let record =
            |seq, event| Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event };
        [record(seq, ToolCalled { request }.into()), record(seq + 1, result.into())]
    }

    #[test]
    fn z2_only_a_command_that_ended_with_0_has_passed() {
        let test = || json!({"command": " make test\n"});
        type Case = (&'static str, fn(&mut ToolReturned), bool);
        let table: [Case; 6] = [
            ("passed", |_| {}, true),
            (
                "failed",
                |result| (result.is_error, result.data) = (true, json!({"exit": "code", "code": 2})),
                false,
            ),
            ("in the background", |result| result.data = json!({"kind": "job"}), false),
            ("timed out", |result| result.data = json!({"exit": "timed_out", "code": 0}), false),
            ("denied", |result| result.status = ResultStatus::Denied, false),
            ("repeated", |result| result.status = ResultStatus::Repeated, false),
        ];
        for (name, change, has_passed) in table {
            let results: ToolResults = fold(&call(4, "shell", test(), change));
            let expected = Some(LastResult { seq: 5, has_passed });
            assert_eq!(results.of_command("shell", "make test"), expected, "{name}");
            assert_eq!(results.of_tool("shell"), expected, "{name}");
            assert_eq!(results.of_command("shell", "make test || true"), None, "{name}");
        }
    }

    #[test]
    fn z2_the_last_result_counts_and_a_change_after_it_is_known() {
        let test = || json!({"command": "make test"});
        let fail = |result: &mut ToolReturned| result.is_error = true;
        let touch = |result: &mut ToolReturned| {
            result.files = vec![FileTouch { path: "a".into(), kind: TouchKind::Changed, sha256: "x".into() }];
        };
        let records = [
            call(1, "shell", test(), |_| {}),
            call(3, "shell", test(), fail),
            call(5, "edit", json!({"path": "a"}), touch),
        ]
        .concat();
        let results: ToolResults = fold(&records);
        assert_eq!(results.of_command("shell", "make test"), Some(LastResult { seq: 4, has_passed: false }));
        assert_eq!(results.of_tool("edit"), Some(LastResult { seq: 6, has_passed: true }));
        assert!(results.has_changed_since(4) && !results.has_changed_since(6));
    }
}
