//! Hooks beyond the usual: more than anybody reads, those that nothing waits for, those that want no session at all.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{ModelServer, Script, Turn};
use serde_json::{Value, json};

use super::{LONG, answering, every, ran, reason, run, told, with_hooks};
use crate::support;

/// A model that makes many calls, the first of which waits for a file.
fn waiting_for(file: &'static str) -> ModelServer {
    ModelServer::start(Script::responder(move |index, _| match index {
        0 => Turn::text("")
            .call("shell", json!({"command": format!("until [ -e {file} ]; do sleep 0.02; done")})),
        1..30 => Turn::text("").call("shell", json!({"command": format!("echo {index}")})),
        _ => Turn::text("Done."),
    }))
}

#[test]
fn b7_more_hooks_than_run_are_said_and_hold_nothing_up() {
    let hook = json!({"command": "echo x >> runs.txt"});
    let many: Vec<Value> = (0..1_500).map(|n| json!({"command": format!("echo {n} >> runs.txt")})).collect();
    let workspace = with_hooks(&json!({"UserPromptSubmit": [{"hooks": many}], "Stop": [{"hooks": [hook]}]}));
    let finished = run(&workspace, &answering("Fine."), &[]);
    finished.expect_code(0);
    let runs = workspace.read("runs.txt");
    assert_eq!((runs.lines().count(), runs.matches('x').count()), (65, 1));
    assert!(
        finished.stderr.contains("1500 hooks are for UserPromptSubmit, of which 64 run"),
        "{}",
        finished.stderr
    );
}

#[test]
fn b7_a_no_that_nothing_waited_for_blocks_nothing_and_does_not_look_as_if() {
    let says = "echo '{\"decision\": \"block\", \"reason\": \"never\", \"continue\": false}'; touch said";
    let hooks = json!({"PreToolUse": [{"hooks": [{"command": says, "async": true, "once": true}]}]});
    let workspace = with_hooks(&hooks);
    let finished = run(&workspace, &waiting_for("said"), &[]);
    finished.expect_code(0);
    // It began with the first call of thirty, and never again.
    assert_eq!(ran(&finished), [("PreToolUse".into(), "passed".into(), "too late to count: never".into())]);
    assert!(finished.records_of("tool_returned").iter().all(|returned| returned["status"] == "ran"));
}

#[test]
fn b7_a_hook_at_the_start_can_keep_the_first_message_from_being_sent() {
    let says = "echo '{\"continue\": false, \"stopReason\": \"not on this machine\"}'";
    let workspace = with_hooks(&json!({"SessionStart": every(says)}));
    let server = answering("Fine.");
    let finished = run(&workspace, &server, &[]);
    assert_eq!((reason(&finished).as_str(), server.requests().len()), ("hook_stop", 0));
    assert!(
        finished.records_of("failed")[0]["message"].as_str().expect("why").contains("not on this machine")
    );
    finished.expect_code(5);
}

#[test]
fn b7_a_hook_that_wants_the_person_asked_is_heard_about_a_command_of_their_contract_too() {
    let says = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "ask",
        "permissionDecisionReason": "look first"}});
    let contract =
        "goal = 'x'\n[[outputs]]\nid = 'tests'\nkind = 'command_exit_0'\ncommand = 'touch ran.txt'\n";
    let runs = |hooks: &Value| {
        let workspace = with_hooks(hooks);
        workspace.file("contract.toml", contract);
        let server = answering("Done.");
        let file = workspace.path().join("contract.toml").display().to_string();
        let finished = spawn(support::exec(&workspace, &server).args(["--json", "--contract", &file, "go"]))
            .finish(LONG);
        (workspace.has("ran.txt"), finished)
    };
    let (has_run, finished) = runs(&json!({}));
    finished.expect_code(0);
    assert!(has_run, "the person's own check runs unasked: {}", finished.stdout);
    let (has_run, finished) = runs(&json!({"PreToolUse": every(&format!("echo '{says}'"))}));
    assert!(!has_run, "{}", finished.stdout);
    finished.expect_code(3);
}

#[test]
fn d6_an_input_that_a_permission_hook_wants_is_judged_again() {
    let wanting = |command: &str| {
        let says = json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest",
            "decision": {"behavior": "allow", "updatedInput": {"command": command}}}});
        json!({"PermissionRequest": every(&format!("echo '{says}'"))})
    };
    let server = || {
        let call = json!({"command": "curl -s http://127.0.0.1:9/"});
        ModelServer::start(Script::new().turn(Turn::text("").call("shell", call)).turn(Turn::text("Done.")))
    };
    // It runs instead, and it is on record who said so and what.
    let (workspace, model) = (with_hooks(&wanting("touch instead.txt")), server());
    let finished = run(&workspace, &model, &[]);
    finished.expect_code(0);
    assert!(workspace.has("instead.txt"), "{}", told(&model));
    let given = &finished.records_of("approval_given")[0];
    assert_eq!(given["by"], "hook");
    assert_eq!(given["scope"], "once");
    assert_eq!(
        given["decision"],
        json!({"kind": "edit", "input": {"command": "touch instead.txt"}}),
        "{given}"
    );
    // A deny rule beats it.
    let (workspace, model) = (with_hooks(&wanting("touch instead.txt")), server());
    run(&workspace, &model, &["-c", "permissions.deny=[\"Bash(touch *)\"]"]);
    assert!(!workspace.has("instead.txt") && told(&model).contains("Bash(touch *)"), "{}", told(&model));
    // What only the person can say yes to is left to the person: nobody is there.
    let (workspace, model) = (with_hooks(&wanting("touch ../instead.txt; rm -r .headwater")), server());
    workspace.file(".headwater/keep", "x");
    run(&workspace, &model, &[]);
    assert!(workspace.has(".headwater/keep") && told(&model).contains("nobody is here"), "{}", told(&model));
}
