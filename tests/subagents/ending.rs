//! Whatever happens to a sub-agent, its call has one result.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{Fault, Turn};
use serde_json::{Value, json};

use super::{LONG, below, logs, model, own_results, run, task, text_of};
use crate::support::{self, workspace};

#[test]
fn d2_a_sub_agent_that_takes_too_long_gives_a_report_all_the_same() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nmax_time = 1\n");
    let server = model(vec![task("explore", "hang")], |_, results| match results {
        0 => Turn::text("I begin.").call("list", json!({})),
        _ => Turn::fault(Fault::Stall),
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let result = &own_results(&finished)[0];
    assert!(
        text_of(result).starts_with("The sub-agent explore did not finish: its time was up."),
        "{result}"
    );
    assert!(text_of(result).contains("I begin."), "{result}");
    assert_eq!((&result["is_error"], &result["status"]), (&json!(true), &json!("ran")));
    assert_eq!(finished.records_of("subagent_returned")[0]["reason"], "max_time");
}

#[test]
fn d2_a_provider_that_fails_a_sub_agent_does_not_end_the_turn() {
    let server = model(vec![task("explore", "a"), task("explore", "b")], |task, _| match task {
        "a" => Turn::fault(Fault::BadRequest { message: "no such thing".to_owned() }),
        _ => Turn::text("b is fine."),
    });
    let finished = run(&workspace(), &server, &[]);
    finished.expect_code(0);
    let own = own_results(&finished);
    let failed = text_of(&own[0]);
    assert!(failed.contains("the provider failed") && failed.contains("no such thing"), "{failed}");
    assert_eq!(text_of(&own[1]), "b is fine.");
    assert_eq!(finished.records_of("subagent_returned")[0]["reason"], "provider_failed");
}

#[test]
fn complaint_18_a_sub_agent_that_is_refused_says_so_and_gives_up_as_every_request_does() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[network]\nattempts = 3\nbackoff = 0.01\n");
    let server =
        model(vec![task("explore", "busy")], |_, _| Turn::fault(Fault::RateLimited { retry_after: None }));
    let finished = spawn(support::exec(&workspace, &server).arg("go")).finish(LONG);
    finished.expect_code(0);
    assert_eq!(below(&server).len(), 3);
    assert!(finished.stderr.contains("explore began: The task busy"), "{}", finished.stderr);
    assert!(finished.stderr.contains("explore: attempt 1 failed"), "{}", finished.stderr);
    assert!(finished.stderr.contains("did not finish: the provider failed"), "{}", finished.stderr);
}

#[test]
fn d2_a_killed_process_loses_the_sub_agent_at_work_and_no_report_that_was_in() {
    let workspace = workspace();
    let tasks = vec![task("explore", "hang"), task("explore", "quick")];
    let server = model(tasks, |task, results| match (task, results) {
        ("quick", _) => Turn::text("The quick report."),
        (_, 0) => Turn::text("I begin.").call("list", json!({})),
        (_, _) => Turn::fault(Fault::Stall),
    });
    let running = spawn(support::exec(&workspace, &server).arg("go"));
    let is_own = |log: &str| log.contains("You are a sub-agent");
    let is_back = |log: &str| log.contains("\"type\":\"subagent_returned\"");
    let is_met = || {
        let logs = logs(&workspace);
        let begun = logs.iter().any(|(_, log)| is_own(log) && log.contains("\"type\":\"tool_returned\""));
        begun && logs.iter().any(|(_, log)| !is_own(log) && is_back(log))
    };
    support::wait_until("one report, and a step of the other", is_met);
    running.signal(Signal::KILL);
    drop(running);
    let before = logs(&workspace);
    let parent = before.iter().find(|(_, log)| !is_own(log)).expect("a conversation").0.clone();
    let own = before.iter().find(|(_, log)| log.contains("I begin.")).expect("a sub-agent").0.clone();
    let resume = || {
        let server = model(Vec::new(), |_, _| Turn::text("Never."));
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &parent, "go on"]))
            .finish(LONG)
            .expect_code(0);
        server.requests()
    };
    // The model is told what is lost and what came back, and nothing is started by itself.
    let requests = resume();
    assert_eq!(requests.len(), 1);
    let results: Vec<String> = requests[0]
        .messages()
        .iter()
        .filter(|said| said["role"] == "tool")
        .map(|said| said["content"].as_str().expect("a text").to_owned())
        .collect();
    assert!(results[0].contains("The session ended while this call ran"), "{results:?}");
    assert_eq!(results[1], "The quick report.");
    resume();
    let after = logs(&workspace);
    let log = &after.iter().find(|(name, _)| *name == parent).expect("the conversation").1;
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let of = |tag: &str| -> Vec<&Value> { records.iter().filter(|record| record["type"] == tag).collect() };
    let reasons: Vec<&Value> = of("subagent_returned").iter().map(|end| &end["reason"]).collect();
    assert_eq!(reasons, ["done", "terminated"]);
    let statuses: Vec<&Value> = of("tool_returned").iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, ["lost", "ran"]);
    let lost = of("repaired").iter().filter(|repair| repair["kind"] == "lost_subagent").count();
    assert_eq!(lost, 1, "said once");
    // Its own log stays, and can be read.
    workspace.run(["sessions", "show", &own]).expect_code(0);
    assert!(after.iter().any(|(name, log)| *name == own && log.contains("I begin.")));
}

#[test]
fn d2_what_a_sub_agent_declared_and_did_not_bring_is_in_its_report() {
    let declared = json!({"outputs": [{"id": "notes", "kind": "file_exists", "path": "notes.md"}]});
    let server = model(vec![task("general", "write notes")], move |_, results| match results {
        0 => Turn::text("").call("contract", declared.clone()),
        _ => Turn::text("The notes are written."),
    });
    let finished = run(&workspace(), &server, &[]);
    finished.expect_code(0);
    let results = own_results(&finished);
    let text = text_of(&results[0]);
    assert!(text.contains("did not finish: what it declared is not there (notes: "), "{text}");
    assert!(text.contains("notes.md is not there"), "{text}");
}
