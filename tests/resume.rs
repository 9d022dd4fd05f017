//! kill -9 at any point, resume, and the same end: nothing that was shown as done is lost.

use std::time::Duration;

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::json;

use crate::support;

const STEPS: usize = 6;
const LONG: Duration = Duration::from_secs(30);

/// A model that does six steps, one a request, and goes by what the results say.
fn worker(_index: usize, request: &Recorded) -> Turn {
    let is_done = |step: usize| {
        let mark = format!("done-{step}-");
        let says_so = |text: &str| text.contains(&mark);
        request
            .messages()
            .iter()
            .any(|said| said["role"] == "tool" && said["content"].as_str().is_some_and(says_so))
    };
    match (1..=STEPS).find(|step| !is_done(*step)) {
        Some(step) => Turn::text(format!("Step {step}."))
            .call("shell", json!({"command": format!("echo {step} > step-{step}.txt; echo done-{step}-")})),
        None => Turn::text("All steps are done."),
    }
}

/// The log of the only session of this workspace.
fn log(workspace: &Workspace) -> String {
    let mut sessions = std::fs::read_dir(support::sessions_directory(workspace)).expect("the sessions");
    let session = sessions.next().expect("a session").expect("an entry").path();
    std::fs::read_to_string(session.join("transcript.jsonl")).expect("the log")
}

/// Kills a run once it has shown so many records; returns the whole lines that it had shown.
fn kill_after(records: usize, workspace: &Workspace, server: &ModelServer) -> Vec<String> {
    let run = spawn(support::exec(workspace, server).args(["--json", "do the steps"]));
    let is_far_enough = |text: &str| text.lines().count() >= records || text.contains("\"turn_ended\"");
    run.wait_for_stdout("enough records", LONG, is_far_enough);
    run.signal(Signal::KILL);
    let killed = run.finish(LONG);
    killed.stdout.lines().filter(|line| line.ends_with('}')).map(str::to_owned).collect()
}

fn kill_and_resume(records: usize) {
    let server = ModelServer::start(Script::responder(worker));
    let workspace = support::workspace();
    let shown = kill_after(records, &workspace, &server);
    let kept = log(&workspace);
    for line in &shown {
        assert!(kept.contains(line.as_str()), "shown but not kept after a kill at record {records}: {line}");
    }
    let id = support::session_of(&shown);
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "go on"])).finish(LONG);
    resumed.expect_code(0);
    for step in 1..=STEPS {
        assert_eq!(
            workspace.read(format!("step-{step}.txt")),
            format!("{step}\n"),
            "after a kill at record {records}"
        );
    }
    let end = resumed.records_of("turn_ended").pop().expect("an end");
    assert_eq!(end["text"], "All steps are done.");
    workspace.run(["replay", &id, "--verify"]).expect_code(0);
}

#[test]
fn a_kill_at_fifty_points_loses_nothing() {
    for records in 1..=50 {
        kill_and_resume(records);
    }
}

#[test]
fn r_a_a_killed_call_is_closed_and_never_run_again_by_itself() {
    let slow = Turn::text("Wait.").call("shell", json!({"command": "echo once >> ran.txt; sleep 60"}));
    let server = ModelServer::start(Script::new().turn(slow).turn(Turn::text("I looked.")));
    let workspace = support::workspace();
    let run = spawn(support::exec(&workspace, &server).args(["--json", "wait"]));
    let started = run.wait_for_stdout("the call", LONG, |text| text.contains("\"tool_called\""));
    let ran = || workspace.has("ran.txt");
    support::wait_until("the command to begin", ran);
    run.signal(Signal::KILL);
    run.finish(LONG);
    let id = support::session_of(&[started.lines().next().expect("a line").to_owned()]);
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "and?"])).finish(LONG);
    resumed.expect_code(0);
    assert_eq!(workspace.read("ran.txt"), "once\n");
    assert_eq!(resumed.records_of("repaired").len(), 2, "the call and the turn");
    let told = server.requests()[1].last_text("tool").expect("a result for the call");
    assert!(told.contains("Whether it took effect is unknown"), "{told}");
    // The repair is persisted: the next load finds nothing.
    let again =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "-o", "/dev/null", "x"]))
            .finish(LONG);
    assert!(again.records_of("repaired").iter().all(|record| record["seq"].as_u64() < Some(30)));
}

#[test]
fn a_cut_line_is_set_aside_and_the_session_goes_on() {
    let server = ModelServer::start(Script::new().turn(Turn::text("One.")).turn(Turn::text("Two.")));
    let workspace = support::workspace();
    let first = spawn(support::exec(&workspace, &server).args(["--json", "one"])).finish(LONG);
    let id = support::session_of(&[first.stdout.lines().next().expect("a line").to_owned()]);
    let directory = support::sessions_directory(&workspace).join(&id);
    let path = directory.join("transcript.jsonl");
    let cut = format!("{}{{\"seq\":99,\"at", log(&workspace));
    std::fs::write(&path, &cut).expect("a cut log");
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "two"])).finish(LONG);
    resumed.expect_code(0);
    let aside = directory.join("transcript.quarantine-1.jsonl");
    assert_eq!(std::fs::read_to_string(aside).expect("the original is kept"), cut);
    assert!(log(&workspace).contains("\"kind\":\"quarantined\""));
    workspace.run(["replay", &id, "--verify"]).expect_code(0);
}

#[test]
fn two_writers_never_hold_one_session() {
    let slow = Turn::text("Wait.").call("shell", json!({"command": "touch began; sleep 60"}));
    let server = ModelServer::start(Script::new().turn(slow).repeat_last());
    let workspace = support::workspace();
    let run = spawn(support::exec(&workspace, &server).args(["--json", "wait"]));
    let started = run.wait_for_stdout("the call", LONG, |text| text.contains("\"tool_called\""));
    let id = support::session_of(&[started.lines().next().expect("a line").to_owned()]);
    let second = spawn(support::exec(&workspace, &server).args(["--resume", &id, "me too"])).finish(LONG);
    assert_ne!(second.code, Some(0));
    assert!(second.stderr.contains("is open in another headwater"), "{}", second.stderr);
    run.signal(Signal::KILL);
    run.finish(LONG);
}
