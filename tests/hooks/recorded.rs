//! Scripts as people have them for other agents: a table of rules, a reminder of dangerous code, a loop that goes on
//! until a promise is kept. They read JSON from standard input and know nothing of this program.

use headwater_testkit::{ModelServer, Script, Turn};
use serde_json::json;

use super::{calling, every, newest, only, ran, reason, run, script, told, with_hooks};

/// Rules over the fields of a call; what matches is blocked or warned of, in the form with `hookSpecificOutput`.
const RULES: &str = r#"
import json, os, re, sys

RULES = [
    {"tool": "bash", "field": "command", "pattern": r"rm\s+-rf", "action": "block", "message": "**no-rm** Never remove trees."},
    {"tool": "file", "field": "new_text", "pattern": r"console\.log\(", "action": "warn", "message": "**no-log** Remove it later."},
]

def field_of(name, tool, given):
    if name == "new_text":
        return given.get("content") or given.get("new_string") or ""
    return given.get(name, "")

def main():
    try:
        data = json.load(sys.stdin)
        kind = {"Bash": "bash", "Edit": "file", "Write": "file", "MultiEdit": "file"}.get(data.get("tool_name", ""))
        found = [rule for rule in RULES if rule["tool"] == kind
                 and re.search(rule["pattern"], field_of(rule["field"], kind, data.get("tool_input", {})))]
        said = "\n\n".join(rule["message"] for rule in found)
        if any(rule["action"] == "block" for rule in found):
            print(json.dumps({"hookSpecificOutput": {"hookEventName": data["hook_event_name"],
                              "permissionDecision": "deny"}, "systemMessage": said}))
        elif said:
            print(json.dumps({"systemMessage": said}))
        else:
            print(json.dumps({}))
    except Exception as error:
        print(json.dumps({"systemMessage": f"rules: {error}"}))
    finally:
        sys.exit(0)

main()
"#;

/// Warns of a dangerous text once a session and file, by exit code 2 and standard error.
const REMINDER: &str = r#"
import json, os, sys

raw = sys.stdin.read()
try:
    data = json.loads(raw)
except json.JSONDecodeError:
    sys.exit(0)
session, tool, given = data.get("session_id", "default"), data.get("tool_name", ""), data.get("tool_input", {})
if tool not in ("Edit", "Write", "MultiEdit") or not given.get("file_path"):
    sys.exit(0)
text = {"Write": given.get("content", ""), "Edit": given.get("new_string", "")}.get(tool, "")
if "eval(" not in text:
    sys.exit(0)
state = os.path.expanduser(f"~/.reminders_{session}.json")
shown = set(json.load(open(state))) if os.path.exists(state) else set()
key = given["file_path"] + "-eval"
if key in shown:
    sys.exit(0)
json.dump(sorted(shown | {key}), open(state, "w"))
print("Security: eval() runs whatever it is given. Parse instead.", file=sys.stderr)
sys.exit(2)
"#;

/// Sends the same prompt again until the last words of the assistant hold the promise, or it has been often enough.
const LOOP: &str = r#"#!/bin/bash
set -euo pipefail
INPUT=$(cat)
STATE=".loop.md"
[[ -f "$STATE" ]] || exit 0
ITERATION=$(sed -n 's/^iteration: //p' "$STATE")
MOST=$(sed -n 's/^max: //p' "$STATE")
if [[ "$ITERATION" -ge "$MOST" ]]; then rm "$STATE"; exit 0; fi
TRANSCRIPT=$(echo "$INPUT" | jq -r '.transcript_path')
[[ -f "$TRANSCRIPT" ]] || { echo "no transcript" >&2; rm "$STATE"; exit 0; }
grep -q '"role":"assistant"' "$TRANSCRIPT" || { rm "$STATE"; exit 0; }
LAST=$(grep '"role":"assistant"' "$TRANSCRIPT" | tail -1)
OUTPUT=$(echo "$LAST" | jq -r '.message.content | map(select(.type == "text")) | map(.text) | join("\n")')
if [[ "$OUTPUT" == *"<promise>DONE</promise>"* ]]; then rm "$STATE"; exit 0; fi
NEXT=$((ITERATION + 1))
sed -i "s/^iteration: .*/iteration: $NEXT/" "$STATE"
jq -n --arg prompt "Count on." --arg msg "Iteration $NEXT" '{"decision": "block", "reason": $prompt, "systemMessage": $msg}'
exit 0
"#;

#[test]
fn b7_a_table_of_rules_blocks_a_command_and_warns_of_a_file() {
    let workspace = with_hooks(&json!({}));
    let path = script(&workspace, "rules.py", RULES);
    let command = format!("python3 \"{path}\"");
    let hooks = json!({"description": "rules", "hooks": {"PreToolUse": every(&command)}});
    workspace.home_file("hooks.json", hooks.to_string());
    workspace.file("precious/file", "x");
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("shell", json!({"command": "rm -rf precious"})))
            .turn(Turn::text("").call("write", json!({"path": "a.js", "content": "console.log(1)"})))
            .turn(Turn::text("Done.")),
    );
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(workspace.has("precious/file") && workspace.has("a.js"));
    let denied = &finished.records_of("tool_returned")[0];
    assert_eq!(denied["status"], "denied");
    let text = denied["text"].as_str().expect("a text");
    assert!(text.contains("rules.py") && text.contains("Never remove trees."), "{text}");
    let told: Vec<_> = ran(&finished).into_iter().map(|(_, status, text)| (status, text)).collect();
    assert_eq!(told[0], ("blocked".to_owned(), "**no-rm** Never remove trees.".to_owned()));
    assert_eq!(told[1], ("passed".to_owned(), "**no-log** Remove it later.".to_owned()));
}

#[test]
fn b7_a_reminder_of_dangerous_code_blocks_once_and_then_lets_pass() {
    let workspace = with_hooks(&json!({}));
    let path = script(&workspace, "reminder.py", REMINDER);
    let hooks = json!({"hooks": {"PreToolUse": only("Edit|Write|MultiEdit", &format!("python3 {path}"))}});
    workspace.home_file("hooks.json", hooks.to_string());
    let write = || Turn::text("").call("write", json!({"path": "a.py", "content": "eval(x)"}));
    let server = ModelServer::start(Script::new().turn(write()).turn(write()).turn(Turn::text("Done.")));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let told = server.requests()[1].last_text("tool").expect("a result");
    assert!(told.contains("Security: eval() runs whatever it is given."), "{told}");
    assert!(workspace.has("a.py"));
    assert_eq!(ran(&finished).len(), 2);
}

#[test]
fn b7_a_loop_reads_the_transcript_and_sends_the_model_on_until_its_promise() {
    let workspace = with_hooks(&json!({}));
    let path = script(&workspace, "loop.sh", LOOP);
    let hooks = json!({"hooks": {"Stop": every(&format!("bash {path}"))}});
    workspace.home_file("hooks.json", hooks.to_string());
    workspace.file(".loop.md", "iteration: 1\nmax: 9\n");
    let server = ModelServer::start(Script::responder(|index, _| match index {
        0..3 => Turn::text(format!("This is number {index}.")),
        _ => Turn::text("All counted. <promise>DONE</promise>"),
    }));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert_eq!((server.requests().len(), reason(&finished).as_str()), (4, "done"));
    assert!(newest(&server).contains("Count on."), "{}", newest(&server));
    assert!(!workspace.has(".loop.md"));
    // The answer is what was said last, not everything that a hook did not accept.
    let end = finished.records_of("turn_ended").pop().expect("an end");
    assert_eq!(end["text"], "All counted. <promise>DONE</promise>");
}

#[test]
fn b7_the_exec_form_and_the_variables_for_places_work() {
    let workspace = with_hooks(&json!({}));
    script(
        &workspace,
        "say.sh",
        "printf '%s|' \"$@\" \"$CLAUDE_PROJECT_DIR\" \"$HEADWATER_PROJECT_DIR\" >&2\nexit 2\n",
    );
    let hook = json!({"type": "command", "command": "sh",
        "args": ["${CLAUDE_PLUGIN_ROOT}/hooks/say.sh", "$HOME `id`", "${CLAUDE_PROJECT_DIR}/x"]});
    workspace.home_file("hooks.json", json!({"hooks": {"PreToolUse": [{"hooks": [hook]}]}}).to_string());
    let server = calling("shell", json!({"command": "true"}));
    run(&workspace, &server, &[]).expect_code(0);
    let root = workspace.path().display().to_string();
    let expected = format!("$HOME `id`|{root}/x|{root}|{root}|");
    assert!(told(&server).contains(&expected), "{}", told(&server));
}
