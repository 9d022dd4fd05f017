//! A server that can do nothing but answer (HARNESS V4): no usage, no cache marks, no schemas, no hints. What a request asks
//! for beyond messages and tools is refused. Test programs run their own tests a second time against it.

use std::process::Command;

use serde_json::Value;

/// The variable that makes every scripted server minimal, on the wire that most servers speak.
const VARIABLE: &str = "HEADWATER_TEST_SERVER";
const MINIMAL: &str = "minimal";

/// The fields that any server of that wire reads, or reads over.
const FIELDS: [&str; 6] = ["model", "messages", "tools", "stream", "stream_options", "max_tokens"];
/// The same of a message.
const MESSAGE_FIELDS: [&str; 5] = ["role", "content", "tool_calls", "tool_call_id", "reasoning_content"];

/// Whether the servers of this process are minimal.
pub fn is_minimal() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == MINIMAL)
}

/// What such a server says of a request that asks for more.
pub(crate) fn refusal(body: &Value) -> Option<String> {
    let unknown = |value: &Value, known: &[&str]| {
        let fields = value.as_object().into_iter().flatten();
        fields.map(|(name, _)| name.clone()).find(|name| !known.contains(&name.as_str()))
    };
    let in_message = || {
        let mut messages = body["messages"].as_array().into_iter().flatten();
        messages.find_map(|message| unknown(message, &MESSAGE_FIELDS))
    };
    let field = unknown(body, &FIELDS).or_else(in_message)?;
    Some(format!("Unrecognized request argument supplied: {field}"))
}

/// Runs tests of this test program again, against minimal servers; those whose names have one of `skipped` in them are left
/// out. Nothing where this is that second run.
///
/// # Panics
/// When one of them fails there.
pub fn run_again_minimal(names: &[&str], skipped: &[&str]) {
    if is_minimal() {
        return;
    }
    let own = std::env::current_exe().unwrap_or_else(|error| panic!("the test program: {error}"));
    let mut command = Command::new(own);
    command.args(names).args(["--test-threads", "2"]).env(VARIABLE, MINIMAL);
    for name in skipped {
        command.args(["--skip", name]);
    }
    let output = command.output().unwrap_or_else(|error| panic!("the second run: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let summary = said.lines().rev().find(|line| line.starts_with("test result")).unwrap_or_default();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!summary.contains(" 0 passed"), "no test ran again: {said}");
}
