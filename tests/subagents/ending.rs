//! Whatever happens to a sub-agent, its call has one result.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{Fault, ModelServer, Turn};
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
fn d2_a_killed_process_loses_the_sub_agent_and_says_so_once() {
    let workspace = workspace();
    let server = model(vec![task("explore", "hang")], |_, results| match results {
        0 => Turn::text("I begin.").call("list", json!({})),
        _ => Turn::fault(Fault::Stall),
    });
    let running = spawn(support::exec(&workspace, &server).arg("go"));
    server.wait_for_requests(3, LONG);
    let (parent, own) = {
        let logs = logs(&workspace);
        let is_own = |log: &str| log.contains("You are a sub-agent");
        let parent = logs.iter().find(|(_, log)| !is_own(log)).expect("a conversation").0.clone();
        (parent, logs.iter().find(|(_, log)| is_own(log)).expect("a sub-agent").0.clone())
    };
    running.signal(Signal::KILL);
    drop(running);
    let again = model(Vec::new(), |_, _| Turn::text("Never."));
    let resume = |server: &ModelServer| {
        spawn(support::exec(&workspace, server).args(["--json", "--resume", &parent, "go on"])).finish(LONG)
    };
    resume(&again).expect_code(0);
    // The model is told that the call is lost, and nothing is started by itself.
    assert_eq!(again.requests().len(), 1);
    let told = again.requests()[0].last_text("tool").expect("a result");
    assert!(told.contains("The session ended while this call ran"), "{told}");
    resume(&model(Vec::new(), |_, _| Turn::text("Never."))).expect_code(0);
    let logs = logs(&workspace);
    let log = &logs.iter().find(|(name, _)| *name == parent).expect("the conversation").1;
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let of = |tag: &str| -> Vec<&Value> { records.iter().filter(|record| record["type"] == tag).collect() };
    assert_eq!(of("subagent_returned").len(), 1);
    assert_eq!(of("subagent_returned")[0]["reason"], "terminated");
    assert_eq!(of("tool_returned").iter().filter(|result| result["status"] == "lost").count(), 1);
    let repairs: Vec<&str> =
        of("repaired").iter().map(|repair| repair["kind"].as_str().expect("a kind")).collect();
    assert!(repairs.contains(&"lost_subagent"), "{repairs:?}");
    // Its own log stays, and can be read.
    let own_log = &logs.iter().find(|(name, _)| *name == own).expect("the sub-agent").1;
    assert!(own_log.contains("I begin."));
    workspace.run(["sessions", "show", &own]).expect_code(0);
}
