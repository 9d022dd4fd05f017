//! What a sub-agent is told, what comes back, and whose records are whose.

use std::collections::BTreeSet;

use headwater_testkit::workspace::spawn;
use headwater_testkit::{Call, Gate, ModelServer, Script, Turn};
use serde_json::{Value, json};

use super::{LONG, below, model, of_session, own_results, results, run, task, task_of, text_of};
use crate::support::{self, workspace};

#[test]
fn d2_a_sub_agent_sees_its_task_alone_and_gives_one_report() {
    let workspace = workspace();
    workspace.file("AGENTS.md", "Use tabs.").file("needle.txt", "x");
    let server = model(vec![task("explore", "Count the files.")], |_, results| match results {
        0 => Turn::text("I look.").call("list", json!({})),
        _ => Turn::text("There are two: needle.txt:1."),
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let asked = below(&server);
    let first = asked[0].messages();
    assert_eq!((first.len(), asked.len()), (2, 2), "the task and nothing else: {first:?}");
    assert_eq!(first[1]["content"], "Count the files.");
    assert!(!asked[0].body.to_string().contains("a secret word"));
    let system = first[0]["content"].as_str().expect("a system text");
    assert!(system.contains("Use tabs."), "{system}");
    // The conversation grew by exactly one result, and by nothing of the work.
    let requests = server.requests();
    let (before, after) = (requests[0].messages(), requests.last().expect("a last request").messages());
    assert_eq!(after.len(), before.len() + 2);
    assert_eq!(after.last().expect("a result")["content"], "There are two: needle.txt:1.");
    let work =
        |said: &Value| said.to_string().contains("needle.txt\\n") || said.to_string().contains("I look");
    assert!(!after.iter().any(work), "{after:?}");
    assert_eq!(own_results(&finished).len(), 1);
}

#[test]
fn a6_records_name_their_session_and_the_one_above() {
    let server = model(vec![task("explore", "Look.")], |_, results| match results {
        0 => Turn::text("").call("list", json!({})),
        _ => Turn::text("Nothing."),
    });
    let workspace = workspace();
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let started = &finished.records_of("subagent_started")[0];
    let own = &started["opened"];
    let tags = |records: Vec<Value>| -> Vec<String> {
        records.into_iter().map(|record| record["type"].as_str().expect("a type").to_owned()).collect()
    };
    let work = of_session(&finished, own);
    assert!(work.iter().all(|record| record["parent"] == started["session"]), "{work:?}");
    let expected = ["session_started", "subagent_started", "user_message", "turn_started", "request_sent"];
    assert_eq!(tags(work.clone())[..5], expected);
    assert_eq!(work.last().expect("an end")["type"], "turn_ended");
    for (seq, record) in work.iter().enumerate() {
        assert_eq!(record["seq"], seq, "{record}");
    }
    let conversation = tags(of_session(&finished, &started["session"]));
    let of_task = conversation.iter().filter(|tag| tag.starts_with("subagent") || *tag == "tool_returned");
    let expected = ["subagent_started", "subagent_returned", "tool_returned"];
    assert_eq!(of_task.collect::<Vec<_>>(), expected);
    let returned = &finished.records_of("subagent_returned")[0];
    assert_eq!((&returned["reason"], &returned["steps"]), (&json!("done"), &json!(2)));
    assert!(returned["usage"]["input"].as_u64() > Some(0), "{returned}");
    // It is a part of the session: not listed, not resumed, removed with it.
    let session = started["session"].as_str().expect("a session");
    let part = own.as_str().expect("a session");
    let listed = workspace.run(["sessions", "list"]);
    assert!(listed.stdout.contains(session) && !listed.stdout.contains(part), "{}", listed.stdout);
    let resumed = spawn(support::exec(&workspace, &server).args(["--resume", part, "go on"])).finish(LONG);
    assert!(resumed.stderr.contains("is a part of session"), "{}", resumed.stderr);
    workspace.run(["sessions", "remove", session]).expect_code(0);
    assert!(!support::sessions_directory(&workspace).join(part).exists());
}

#[test]
fn d2_tasks_of_one_message_run_at_once_and_their_results_keep_the_order() {
    let workspace = workspace();
    let gate = Gate::new();
    let held = gate.clone();
    let write = |name: &str| {
        let input = json!({"path": format!("{name}.txt"), "content": "x"});
        // Every session is given the same id by its server.
        Turn::text("").with_call(Call::new("write", input).id("call_1"))
    };
    let server =
        ModelServer::start(Script::responder(move |_, request| match (task_of(request), results(request)) {
            (Some(task), 0) => write(&task).hold_after(0, &held),
            (Some(task), _) => Turn::text(format!("{task} is written.")),
            (None, 0) => Turn::text("")
                .with_call(Call::new("task", task("general", "one")).id("call_1"))
                .with_call(Call::new("task", task("general", "two")).id("call_2")),
            (None, _) => Turn::text("All reports are in."),
        }));
    let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
    // Both ask before either is answered.
    assert_eq!(server.wait_for_requests(3, LONG).len(), 3);
    gate.open();
    let finished = running.finish(LONG);
    finished.expect_code(0);
    let own = own_results(&finished);
    assert_eq!(own.iter().map(text_of).collect::<Vec<_>>(), ["one is written.", "two is written."]);
    assert!(workspace.has("one.txt") && workspace.has("two.txt"));
    let calls: BTreeSet<String> = finished
        .records_of("tool_called")
        .iter()
        .map(|called| called["call"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(calls, ["a1-call_1", "a2-call_1", "call_1", "call_2"].map(str::to_owned).into());
    // The log of the conversation took records of both, and is whole.
    let session = finished.records()[0]["session"].clone();
    let numbers: Vec<u64> =
        of_session(&finished, &session).iter().filter_map(|record| record["seq"].as_u64()).collect();
    assert_eq!(numbers, (0..u64::try_from(numbers.len()).expect("a length")).collect::<Vec<_>>());
}

#[test]
fn d2_more_tasks_than_may_run_at_once_wait_for_their_turn() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nparallel = 2\n");
    let tasks: Vec<Value> = (1..=5).map(|number| task("explore", &format!("t{number}"))).collect();
    let gate = Gate::new();
    let held = gate.clone();
    let server = model(tasks, move |task, _| Turn::text(format!("{task}!")).hold_after(0, &held));
    let running = spawn(support::exec(&workspace, &server).args(["--json", "go"]));
    // Two of them ask, and neither is answered before both do.
    assert_eq!(server.wait_for_requests(3, LONG).len(), 3);
    gate.open();
    let finished = running.finish(LONG);
    finished.expect_code(0);
    let said: Vec<String> = own_results(&finished).iter().map(|result| text_of(result).to_owned()).collect();
    assert_eq!(said, ["t1!", "t2!", "t3!", "t4!", "t5!"]);
    let (mut at_once, mut most) = (0, 0);
    for record in of_session(&finished, &finished.records()[0]["session"]) {
        match record["type"].as_str() {
            Some("subagent_started") => at_once += 1,
            Some("subagent_returned") => at_once -= 1,
            _ => {}
        }
        most = most.max(at_once);
    }
    assert_eq!((most, at_once), (2, 0));
}
