//! The points at which hooks run, what they are told there, and what they can do.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{Fault, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use super::{LONG, answering, calling, every, newest, ran, reason, run, with_hooks};
use crate::support;

/// A hook that keeps what it reads, one JSON object a line.
const KEEP: &str = "cat >> \"$CLAUDE_PROJECT_DIR/told.jsonl\"; echo >> \"$CLAUDE_PROJECT_DIR/told.jsonl\"";

const POINTS: [&str; 14] = [
    "SessionStart",
    "SessionEnd",
    "UserPromptSubmit",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PermissionRequest",
    "Notification",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
];

/// A workspace whose person has a hook at every point that keeps what it reads.
fn keeping() -> Workspace {
    with_hooks(
        &POINTS
            .iter()
            .map(|point| ((*point).to_owned(), every(KEEP)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
}

/// What hooks were told, in order.
fn kept(workspace: &Workspace) -> Vec<Value> {
    let lines = workspace.read("told.jsonl");
    lines.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

fn points(told: &[Value]) -> Vec<&str> {
    told.iter().map(|told| told["hook_event_name"].as_str().expect("a point")).collect()
}

fn at<'a>(told: &'a [Value], point: &str) -> &'a Value {
    told.iter()
        .find(|told| told["hook_event_name"] == point)
        .unwrap_or_else(|| panic!("nothing at {point}: {told:?}"))
}

#[test]
fn b7_a_turn_passes_its_points_in_order_and_hooks_are_told_what_they_are_told_elsewhere() {
    let workspace = keeping();
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("shell", json!({"command": "echo out", "timeout_s": 7})))
            .turn(Turn::text("").call("read", json!({"path": "absent.txt"})))
            .turn(Turn::text("").call("write", json!({"path": "a.txt", "content": "x"})))
            .turn(Turn::text("Done.")),
    );
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let told = kept(&workspace);
    assert_eq!(
        points(&told),
        [
            "SessionStart",
            "UserPromptSubmit",
            "PreToolUse",
            "PostToolUse",
            "PreToolUse",
            "PostToolUseFailure",
            "PreToolUse",
            "PostToolUse",
            "Stop",
            "SessionEnd",
        ]
    );
    let root = workspace.path().display().to_string();
    let session = finished.records()[0]["session"].clone();
    for one in &told {
        assert_eq!((&one["session_id"], one["cwd"].as_str()), (&session, Some(root.as_str())), "{one}");
        assert_eq!(one["permission_mode"], "default");
        assert!(std::path::Path::new(one["transcript_path"].as_str().expect("a path")).is_file());
    }
    assert_eq!(at(&told, "SessionStart")["source"], "startup");
    assert_eq!(at(&told, "UserPromptSubmit")["prompt"], "go");
    let before = at(&told, "PreToolUse");
    assert_eq!(
        (&before["tool_name"], &before["tool_input"]),
        (&json!("Bash"), &json!({"command": "echo out", "timeout": 7000}))
    );
    let called = &finished.records_of("tool_called")[0];
    assert_eq!(before["tool_use_id"], called["call"]);
    let after = at(&told, "PostToolUse");
    assert!(after["tool_response"]["stdout"].as_str().is_some_and(|out| out.contains("out")), "{after}");
    let failed = at(&told, "PostToolUseFailure");
    assert_eq!(failed["tool_input"]["file_path"], format!("{root}/absent.txt"));
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("absent.txt")), "{failed}");
    assert_eq!(told[7]["tool_response"]["filePath"], "a.txt");
    let stop = at(&told, "Stop");
    assert_eq!(
        (&stop["stop_hook_active"], &stop["last_assistant_message"]),
        (&json!(false), &json!("Done."))
    );
    assert_eq!(at(&told, "SessionEnd")["reason"], "other");
    // Every run before the turn ended is a record.
    assert_eq!(ran(&finished).len(), 9);
}

#[test]
fn b7_a_resumed_session_and_a_failed_turn_are_points_of_their_own() {
    let workspace = keeping();
    let finished = run(&workspace, &answering("Done."), &[]);
    let session = finished.records()[0]["session"].as_str().expect("an id").to_owned();
    let broken = ModelServer::start(Script::new().turn(Turn::fault(Fault::Unauthorized)).repeat_last());
    run(&workspace, &broken, &["--resume", &session]).expect_code(6);
    let told = kept(&workspace);
    let second =
        told.iter().rposition(|told| told["hook_event_name"] == "SessionStart").expect("a second start");
    assert_eq!(told[second]["source"], "resume");
    assert_eq!(at(&told, "StopFailure")["error"], "provider_failed");
    assert!(points(&told[second..]).iter().all(|point| *point != "Stop"));
}

#[test]
fn b7_what_waits_for_a_person_is_a_point_even_where_nobody_is_there() {
    let workspace = keeping();
    let server = calling("shell", json!({"command": "curl -s http://127.0.0.1:9/x"}));
    run(&workspace, &server, &[]);
    let told = kept(&workspace);
    let asked = at(&told, "PermissionRequest");
    assert_eq!(
        (&asked["tool_name"], &asked["tool_input"]["command"]),
        (&json!("Bash"), &json!("curl -s http://127.0.0.1:9/x"))
    );
}

#[test]
fn b7_the_person_is_called_while_the_card_waits() {
    let workspace = keeping();
    let server = calling("shell", json!({"command": "curl -s http://127.0.0.1:9/x"}));
    let terminal = support::open(&workspace, &server);
    terminal.play("=== keys\nlook<Enter>\n=== screen\nAPPROVE?");
    support::wait_until("the hook that calls the person", || {
        workspace.has("told.jsonl") && workspace.read("told.jsonl").contains("permission_prompt")
    });
    let told = kept(&workspace);
    let note = at(&told, "Notification");
    assert!(note["message"].as_str().is_some_and(|text| text.starts_with("An approval is wanted")), "{note}");
}

#[test]
fn b7_sub_agents_run_the_same_hooks_and_points_of_their_own() {
    let workspace = keeping();
    let server = ModelServer::start(Script::responder(|_, request| {
        let all = request.body.to_string();
        let is_child = all.contains("Look at the ships") && !all.contains("\"task\",");
        match (is_child, request.last_text("tool").is_some()) {
            (true, false) => Turn::text("").call("shell", json!({"command": "echo ship"})),
            (true, true) => Turn::text("One ship."),
            (false, false) => Turn::text("")
                .call("task", json!({"description": "Count ships", "prompt": "Look at the ships"})),
            (false, true) => Turn::text("There is one ship."),
        }
    }));
    run(&workspace, &server, &[]).expect_code(0);
    let told = kept(&workspace);
    assert_eq!(
        points(&told),
        [
            "SessionStart",
            "UserPromptSubmit",
            "PreToolUse",
            "SubagentStart",
            "PreToolUse",
            "PostToolUse",
            "SubagentStop",
            "PostToolUse",
            "Stop",
            "SessionEnd",
        ]
    );
    assert_eq!(told[2]["tool_name"], "Task");
    let within = &told[4];
    assert_eq!(
        (&within["tool_name"], &within["agent_type"]),
        (&json!("Bash"), &at(&told, "SubagentStart")["agent_type"])
    );
    assert_ne!(within["session_id"], told[0]["session_id"]);
}

#[test]
fn b7_a_sub_agent_is_sent_on_by_a_hook_and_reports_what_it_said_last() {
    let once = "[ -e sent ] || { touch sent; echo Count again. >&2; exit 2; }";
    let workspace = with_hooks(&json!({"SubagentStop": every(once)}));
    let server = ModelServer::start(Script::responder(|_, request| {
        let all = request.body.to_string();
        let is_child = all.contains("Look at the ships") && !all.contains("\"task\",");
        match (is_child, all.contains("Count again."), request.last_text("tool").is_some()) {
            (true, false, _) => Turn::text("One ship."),
            (true, true, _) => Turn::text("Two ships."),
            (false, _, false) => Turn::text("")
                .call("task", json!({"description": "Count ships", "prompt": "Look at the ships"})),
            (false, _, true) => Turn::text("There are two."),
        }
    }));
    run(&workspace, &server, &[]).expect_code(0);
    let report = super::told(&server);
    assert!(report.contains("Two ships.") && !report.contains("One ship."), "{report}");
}

#[test]
fn b7_a_compaction_has_a_point_before_it_and_after_it_and_tells_the_model_again() {
    let hooks = json!({
        "PreCompact": every(KEEP), "PostCompact": every(KEEP),
        "SessionStart": super::only("compact", "echo 'The deploy key is on the hook.'"),
    });
    let workspace = with_hooks(&hooks);
    for number in 1..=12 {
        workspace.file(format!("file-{number}.txt"), format!("file {number}\n").repeat(1_500));
    }
    let server = ModelServer::start(Script::responder(|index, request| {
        if request.last_text("user").is_some_and(|text| text.contains("## Open questions")) {
            return Turn::text("## Goal\nRead.\n\n## Facts\nAlike.\n\n## Open todos\nGo on.");
        }
        match index {
            0..12 => Turn::text("").call("read", json!({"path": format!("file-{}.txt", index + 1)})),
            _ => Turn::text("Done."),
        }
    }));
    let finished = run(&workspace, &server, &["-c", "models.scripted.window=8192"]);
    finished.expect_code(0);
    let told = kept(&workspace);
    assert_eq!(points(&told)[..2], ["PreCompact", "PostCompact"]);
    assert_eq!(told[0]["trigger"], "auto");
    assert!(newest(&server).contains("The deploy key is on the hook."));
}

#[test]
fn b7_the_persons_own_wish_to_compact_can_be_refused() {
    let workspace = with_hooks(&json!({"PreCompact": super::only("manual", "echo Not now. >&2; exit 2")}));
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    terminal.play("=== keys\none<Enter>\n=== screen\nFine.\n=== keys\n/compact<Enter>\n=== screen\nhook PreCompact said no: Not now.");
}

#[test]
fn b7_a_blocked_message_is_not_sent_and_the_person_is_told_why() {
    let workspace = with_hooks(
        &json!({"UserPromptSubmit": every("grep -q secret && { echo No secrets here. >&2; exit 2; } || exit 0")}),
    );
    let server = answering("Fine.");
    let finished = spawn(support::exec(&workspace, &server).arg("the secret is x")).finish(LONG);
    finished.expect_code(5);
    assert_eq!(server.requests().len(), 0);
    assert!(finished.stderr.contains("blocked this message: No secrets here."), "{}", finished.stderr);
    assert!(!finished.stdout.contains("secret"));
    run(&workspace, &server, &[]).expect_code(0);
    // On the screen the message is back where it was written.
    let terminal = support::open(&workspace, &server);
    terminal.play(
        "=== keys\nmy secret plan<Enter>\n=== screen\nNo secrets here.\n→ It was not sent.\nmy secret plan",
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn b7_words_of_hooks_reach_the_model_and_never_the_screen() {
    let said = json!({"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": "The tests are slow."}});
    let workspace = with_hooks(&json!({
        "SessionStart": every("echo It is Friday."),
        "UserPromptSubmit": every("echo Be brief."),
        "PostToolUse": every(&format!("echo '{said}'")),
    }));
    let server = calling("shell", json!({"command": "echo x"}));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let injected = finished.records_of("reminder_injected");
    let keys: Vec<_> = injected
        .iter()
        .filter_map(|record| record["key"].as_str())
        .filter(|key| key.starts_with("hooks/"))
        .collect();
    assert_eq!(keys, ["hooks/SessionStart", "hooks/UserPromptSubmit", "hooks/PostToolUse"]);
    for text in ["It is Friday.", "Be brief.", "The tests are slow."] {
        assert!(newest(&server).contains(text), "{text}");
    }
    let session = finished.records()[0]["session"].as_str().expect("an id").to_owned();
    let shown = workspace.run(["sessions", "show", &session]).stdout;
    assert!(!shown.contains("Be brief."), "{shown}");
    // A replay needs no hook.
    workspace.home_file("hooks.json", "{}");
    workspace.run(["replay", &session, "--verify"]).expect_code(0);
}

#[test]
fn b4_a_custom_stop_rule_ends_the_turn_exactly_at_its_limit_with_a_typed_reason() {
    let count = "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n > n; \
                 [ $n -lt 3 ] || echo '{\"continue\": false, \"stopReason\": \"three calls are enough\"}'";
    let workspace = with_hooks(&json!({"PostToolUse": every(count)}));
    let server = ModelServer::start(Script::responder(|index, _| {
        Turn::text("").call("shell", json!({"command": format!("echo {index} >> calls.txt")}))
    }));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(5);
    assert_eq!(workspace.read("calls.txt"), "0\n1\n2\n");
    assert_eq!((server.requests().len(), reason(&finished).as_str()), (3, "hook_stop"));
    let failed = finished.records_of("failed").pop().expect("a record of why");
    assert!(
        failed["message"].as_str().is_some_and(|text| text.contains("three calls are enough")),
        "{failed}"
    );
    let workspace = with_hooks(&json!({"PostToolUse": every(count)}));
    let told = spawn(support::exec(&workspace, &server).arg("go")).finish(LONG);
    assert!(told.stderr.contains("three calls are enough"), "{}", told.stderr);
}

#[test]
fn b4_a_hook_before_a_call_can_end_the_turn_and_nothing_of_the_message_runs() {
    let stop = "echo '{\"continue\": false, \"stopReason\": \"hands off\"}'";
    let workspace = with_hooks(&json!({"PreToolUse": every(stop)}));
    let both = Turn::text("")
        .call("shell", json!({"command": "touch a"}))
        .call("shell", json!({"command": "touch b"}));
    let finished = run(&workspace, &ModelServer::start(Script::new().turn(both)), &[]);
    finished.expect_code(5);
    assert!(!workspace.has("a") && !workspace.has("b"));
    assert_eq!((finished.records_of("tool_returned").len(), reason(&finished).as_str()), (2, "hook_stop"));
}

#[test]
fn z4_hooks_keep_a_turn_from_its_end_eight_times_and_no_more() {
    let workspace = with_hooks(
        &json!({"Stop": every("cat >> told.jsonl; echo >> told.jsonl; echo Not yet. >&2; exit 2")}),
    );
    let server = answering("Done.");
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(5);
    assert_eq!((server.requests().len(), reason(&finished).as_str()), (9, "hook_stop"));
    let active: Vec<_> = kept(&workspace).iter().map(|told| told["stop_hook_active"].clone()).collect();
    assert_eq!((active[0].clone(), active[1].clone(), active.len()), (json!(false), json!(true), 9));
    let failed = finished.records_of("failed").pop().expect("a record of why");
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("8 times in a row")), "{failed}");
}

#[test]
fn z4_no_hook_sends_a_turn_on_past_a_limit() {
    let workspace = with_hooks(&json!({"Stop": every("echo Not yet. >&2; exit 2")}));
    let server = answering("Done.");
    let finished = run(&workspace, &server, &["--max-steps", "2"]);
    finished.expect_code(5);
    assert_eq!((server.requests().len(), reason(&finished).as_str()), (2, "max_steps"));
}

#[test]
fn z2_what_the_person_asks_for_holds_before_the_first_request_whatever_hooks_run() {
    let workspace = with_hooks(&json!({"SessionStart": every("true"), "UserPromptSubmit": every("true")}));
    workspace
        .home_file("terms.toml", "[[outputs]]\nid = \"notes\"\nkind = \"file_exists\"\npath = \"n.md\"\n");
    let terms = workspace.headwater_home().join("terms.toml").display().to_string();
    let server = answering("Done.");
    run(&workspace, &server, &["--max-steps", "1", "--contract", &terms]).expect_code(5);
    let first = server.requests()[0].body.to_string();
    assert!(first.contains("- notes: n.md exists"), "{first}");
}

#[test]
fn s9_hooks_get_no_key_unless_it_is_declared() {
    let hook = json!([{"hooks": [{"command": "env > env.txt", "allowedEnvVars": ["DEPLOY_TOKEN"]}]}]);
    let workspace = with_hooks(&json!({"UserPromptSubmit": hook}));
    let server = answering("Fine.");
    let mut command = support::exec(&workspace, &server);
    command.env("DEPLOY_TOKEN", "declared").env("OTHER_TOKEN", "hidden-1").env("OPENAI_API_KEY", "hidden-2");
    command.env("MY_SECRET", "hidden-3").env("HARMLESS", "seen").arg("go");
    spawn(&mut command).finish(LONG).expect_code(0);
    let env = workspace.read("env.txt");
    assert!(env.contains("DEPLOY_TOKEN=declared") && env.contains("HARMLESS=seen"), "{env}");
    assert!(!env.contains("hidden"), "{env}");
    let root = workspace.path().display().to_string();
    assert!(
        env.contains(&format!("CLAUDE_PROJECT_DIR={root}\n"))
            && env.contains(&format!("HEADWATER_PROJECT_DIR={root}\n"))
    );
}

#[test]
fn b7_a_hook_once_a_session_and_one_that_nothing_waits_for() {
    let hooks = json!({"PreToolUse": [{"hooks": [
        {"command": "echo once >> runs.txt", "once": true},
        {"command": "echo each >> runs.txt"},
    ]}], "PostToolUse": [{"hooks": [{"command": "sleep 6000; echo late", "async": true}]}]});
    let workspace = with_hooks(&hooks);
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("shell", json!({"command": "echo 1"})))
            .turn(Turn::text("").call("shell", json!({"command": "echo 2"})))
            .turn(Turn::text("Done.")),
    );
    // It would outlast the patience of this test.
    run(&workspace, &server, &[]).expect_code(0);
    let runs = workspace.read("runs.txt");
    assert_eq!((runs.matches("once").count(), runs.matches("each").count()), (1, 2));
}
