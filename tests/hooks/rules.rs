//! What a hook's word is worth: its no holds, its yes never beats a rule, what it changes is judged again.

use headwater_testkit::{ModelServer, Recorded, Script, Turn};
use serde_json::{Value, json};

use super::{every, ran, run, told, with_hooks};

/// A hook that says this before each call.
fn saying(decision: &str) -> Value {
    every(&format!(
        "echo '{}'",
        specific(&json!({"permissionDecision": decision, "permissionDecisionReason": "so I say"}))
    ))
}

fn specific(fields: &Value) -> Value {
    let mut fields = fields.clone();
    fields["hookEventName"] = json!("PreToolUse");
    json!({"hookSpecificOutput": fields})
}

/// A hook that wants another command.
fn wanting(command: &str, decision: Option<&str>) -> Value {
    let mut fields = json!({"updatedInput": {"command": command}});
    if let Some(decision) = decision {
        fields["permissionDecision"] = json!(decision);
    }
    every(&format!("echo '{}'", specific(&fields)))
}

/// A model that runs one command, told by what its own server is called.
fn commanding(command: impl Fn(&Recorded) -> String + Send + 'static) -> ModelServer {
    ModelServer::start(Script::responder(move |index, request| match index {
        0 => Turn::text("").call("shell", json!({"command": command(request)})),
        _ => Turn::text("Done."),
    }))
}

/// A command that asks in Agent: it reaches the network.
fn reaching(request: &Recorded) -> String {
    format!("curl -s http://{}/v1/look", request.header("host").expect("a host"))
}

fn has_reached(server: &ModelServer) -> bool {
    server.other_requests().iter().any(|request| request.path.contains("look"))
}

#[test]
fn b7_the_person_is_asked_about_the_input_that_a_hook_wants() {
    let workspace = with_hooks(&json!({"PreToolUse": wanting("curl -s http://127.0.0.1:9/", None)}));
    let finished = run(&workspace, &commanding(|_| "true".to_owned()), &[]);
    let asked = finished.records_of("approval_requested");
    assert_eq!(asked[0]["input"], json!({"command": "curl -s http://127.0.0.1:9/"}));
}

#[test]
fn b7_a_no_is_a_result_that_names_the_hook_and_the_call_never_runs() {
    let workspace = with_hooks(&json!({"PreToolUse": saying("deny")}));
    let server = commanding(|_| "touch ran.txt".to_owned());
    let finished = run(&workspace, &server, &["--mode", "yolo"]);
    finished.expect_code(0);
    assert!(!workspace.has("ran.txt"));
    assert_eq!(finished.records_of("tool_returned")[0]["status"], "denied");
    let told = told(&server);
    assert!(told.contains("Denied by the hook `echo") && told.contains("so I say"), "{told}");
}

#[test]
fn b7_a_yes_stands_in_for_the_person_and_is_an_approval_of_record() {
    let workspace = with_hooks(&json!({"PreToolUse": saying("allow")}));
    let server = commanding(reaching);
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(has_reached(&server), "{}", told(&server));
    let given = &finished.records_of("approval_given")[0];
    assert_eq!((given["by"].as_str(), given["decision"]["kind"].as_str()), (Some("hook"), Some("allow")));
    assert_eq!(finished.records_of("approval_requested").len(), 1);
}

#[test]
fn s3_no_rule_and_nothing_catastrophic_gives_way_to_the_yes_of_a_hook() {
    let table = [
        ("[permissions]\ndeny = [\"Bash(touch *)\"]\n", "touch ran.txt"),
        ("[permissions]\nask = [\"Bash(touch *)\"]\n", "touch ran.txt"),
        ("", "touch ran.txt; rm -rf / --no-preserve-root-never"),
        ("", "sudo touch ran.txt"),
    ];
    for (settings, command) in table {
        for point in ["PreToolUse", "PermissionRequest"] {
            let allow = json!({"hookSpecificOutput": {"hookEventName": point, "permissionDecision": "allow",
                "decision": {"behavior": "allow"}}});
            let workspace = with_hooks(&json!({point: every(&format!("echo '{allow}'"))}));
            workspace.home_file("config.toml", settings);
            let server = commanding(move |_| command.to_owned());
            let finished = run(&workspace, &server, &[]);
            assert!(!workspace.has("ran.txt"), "{point}: {command}");
            assert_eq!(finished.records_of("tool_returned")[0]["status"], "denied", "{point}: {command}");
            let given = finished.records_of("approval_given");
            assert!(given.iter().all(|given| given["by"] != "hook"), "{point}: {command}");
        }
    }
}

#[test]
fn s3_neither_secrets_nor_the_network_after_foreign_text_give_way_to_the_yes_of_a_hook() {
    let workspace = with_hooks(&json!({"PreToolUse": saying("allow")}));
    workspace.file(".env", "WORD=open-sesame\n");
    let server = ModelServer::start(Script::responder(|index, request| match index {
        0 => Turn::text("").call("read", json!({"path": ".env"})),
        1 => Turn::text("").call("shell", json!({"command": reaching(request)})),
        2 => Turn::text("").call("shell", json!({"command": format!("{}-again", reaching(request))})),
        _ => Turn::text("Done."),
    }));
    let finished = run(&workspace, &server, &[]);
    let statuses: Vec<_> =
        finished.records_of("tool_returned").iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, [json!("denied"), json!("ran"), json!("denied")]);
    assert!(has_reached(&server) && !server.other_requests().iter().any(|one| one.path.contains("again")));
    assert!(server.requests().iter().all(|request| !request.body.to_string().contains("open-sesame")));
}

#[test]
fn s3_a_plan_stays_a_plan_whatever_a_hook_says() {
    let workspace = with_hooks(&json!({"PreToolUse": saying("allow")}));
    let server = commanding(|_| "touch ran.txt".to_owned());
    run(&workspace, &server, &["--mode", "plan"]);
    assert!(!workspace.has("ran.txt"));
}

#[test]
fn d6_an_input_that_a_hook_changed_is_judged_again() {
    let table = [
        ("touch allowed.txt", None, true),
        ("touch denied.txt", None, false),
        ("touch denied.txt", Some("allow"), false),
    ];
    for (wanted, decision, expected) in table {
        let workspace = with_hooks(&json!({"PreToolUse": wanting(wanted, decision)}));
        workspace.home_file("config.toml", "[permissions]\ndeny = [\"Bash(touch denied.txt)\"]\n");
        let server = commanding(|_| "touch asked.txt".to_owned());
        run(&workspace, &server, &[]);
        assert!(!workspace.has("asked.txt"), "{wanted}");
        assert_eq!(
            (workspace.has("allowed.txt"), workspace.has("denied.txt")),
            (expected, false),
            "{wanted}"
        );
        let told = told(&server);
        let says = if expected { "changed this call before it ran" } else { "Denied" };
        assert!(super::newest(&server).contains(says), "{told}");
    }
}

#[test]
fn d6_an_input_in_the_words_of_other_agents_is_taken_as_ours() {
    let updated = specific(&json!({"updatedInput": {"file_path": "b.txt", "content": "theirs"}}));
    let workspace = with_hooks(&json!({"PreToolUse": super::only("Write", &format!("echo '{updated}'"))}));
    let server = super::calling("write", json!({"path": "a.txt", "content": "ours"}));
    run(&workspace, &server, &[]).expect_code(0);
    assert!(!workspace.has("a.txt"));
    assert_eq!(workspace.read("b.txt"), "theirs");
}

#[test]
fn s3_several_hooks_are_merged_no_before_question_before_yes() {
    let all = |words: &[&str]| {
        let hook = |word: &&str| json!({"type": "command", "command": format!("echo '{}'", specific(&json!({"permissionDecision": word})))});
        json!([{"hooks": words.iter().map(hook).collect::<Vec<_>>()}])
    };
    let table = [
        (vec!["allow", "deny", "ask"], false, "Denied by the hook"),
        (vec!["allow", "ask"], false, "nobody is here to approve it"),
        (vec!["defer", "allow"], true, ""),
    ];
    for (words, runs, says) in table {
        let workspace = with_hooks(&json!({"PreToolUse": all(&words)}));
        let server = commanding(|_| "touch ran.txt".to_owned());
        let finished = run(&workspace, &server, &[]);
        assert_eq!(workspace.has("ran.txt"), runs, "{words:?}");
        assert!(told(&server).contains(says), "{words:?}: {}", told(&server));
        assert_eq!(ran(&finished).len(), words.len());
    }
}

#[test]
fn b7_a_question_of_the_policy_is_answered_by_the_hook_for_it() {
    let answer = |behavior: &str| {
        let says = json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest",
            "decision": {"behavior": behavior, "message": "not on a Friday"}}});
        json!({"PermissionRequest": every(&format!("echo '{says}'"))})
    };
    for (behavior, runs) in [("allow", true), ("deny", false)] {
        let server = commanding(reaching);
        run(&with_hooks(&answer(behavior)), &server, &[]);
        assert_eq!(has_reached(&server), runs, "{behavior}");
        assert_eq!(told(&server).contains("not on a Friday"), !runs, "{}", told(&server));
    }
}

#[test]
fn b7_matchers_and_conditions_choose_the_calls() {
    let hook = |matcher: &str, condition: &str| json!({"PreToolUse": [{"matcher": matcher, "hooks": [{"type": "command", "command": "exit 2", "if": condition}]}]});
    let table = [
        ("Bash", "Bash(touch *)", false),
        ("Bash", "Bash(git *)", true),
        ("Edit|Write", "Bash(touch *)", true),
        ("shell", "Bash", false),
        ("^Ba.h$", "Bash(touch ran*)", false),
    ];
    for (matcher, condition, runs) in table {
        let workspace = with_hooks(&hook(matcher, condition));
        run(&workspace, &commanding(|_| "touch ran.txt".to_owned()), &[]);
        assert_eq!(workspace.has("ran.txt"), runs, "{matcher} {condition}");
    }
}
