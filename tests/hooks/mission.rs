//! Hooks around what a mission's blocks call: the same words, the same no; a yes adds nothing to the card.

use serde_json::json;

use super::{every, only};
use crate::missions::{Model, block, card, logs, recursive};

#[test]
fn b7_the_calls_of_a_mission_pass_the_same_hooks() {
    let root = block(
        "try:\n    write('report.md', 'node-8')\nexcept Exception as error:\n    print(error)\n\
         print(write('report.md', 'node-7 failed'))\nFINAL('node-7 failed; see report.md')",
    );
    let (server, _model) = Model::new(card(), &[&root]).start();
    let workspace = logs();
    let guard = "import json, sys\ncall = json.load(sys.stdin)\nopen('told.jsonl', 'a').write(json.dumps(call) + '\\n')\n\
                 if 'node-8' in call['tool_input'].get('content', ''):\n    print('It is node-7.', file=sys.stderr)\n    sys.exit(2)\n";
    workspace.home_file("hooks/guard.py", guard);
    let says =
        json!({"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": "Well written."}});
    let hooks = json!({"hooks": {
        "PreToolUse": only("Write", "python3 ${CLAUDE_PLUGIN_ROOT}/hooks/guard.py"),
        "PostToolUse": every(&format!("echo '{says}'")),
    }});
    workspace.home_file("hooks.json", hooks.to_string());
    let finished = recursive(&workspace, &server, &["--approve-mission", "--json", "Which node failed?"]);
    finished.expect_code(0);
    assert_eq!(workspace.read("report.md"), "node-7 failed");
    let told: Vec<serde_json::Value> =
        workspace.read("told.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((told.len(), &told[0]["tool_name"]), (2, &json!("Write")));
    assert!(told[0]["tool_input"]["file_path"].as_str().is_some_and(|path| path.ends_with("/report.md")));
    let ran = finished.records_of("hook_ran");
    let statuses: Vec<_> = ran.iter().map(|ran| (ran["point"].as_str(), ran["status"].as_str())).collect();
    assert_eq!(
        statuses,
        [
            (Some("PreToolUse"), Some("blocked")),
            (Some("PreToolUse"), Some("passed")),
            (Some("PostToolUse"), Some("passed")),
        ]
    );
    let said: String = finished.records_of("cell_returned").iter().map(ToString::to_string).collect();
    assert!(
        said.contains("denied by the hook")
            && said.contains("It is node-7.")
            && said.contains("Well written."),
        "{said}"
    );
}
