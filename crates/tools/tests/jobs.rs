//! Background jobs: started, polled, ended, killed.

use headwater_protocol::ToolOutcome;
use serde_json::json;

use crate::mcp::eventually;
use crate::stage::{Stage, without_time};

async fn start(stage: &mut Stage, command: &str) -> ToolOutcome {
    stage.ok("shell", json!({"command": command, "background": true})).await
}

#[tokio::test]
async fn a_job_runs_on_and_is_polled() {
    let mut stage = Stage::new();
    let started = start(&mut stage, "echo first; while [ ! -e go ]; do sleep 0.05; done; echo second").await;
    let told = &started.model_text;
    assert!(told.starts_with("Job 1: running for "), "{told}");
    assert!(told.ends_with(" s\nfirst\n[it runs on: use jobs to poll or kill it]"), "{told}");
    assert_eq!(started.data["jobs"][0]["state"], "running");
    let polled = stage.ok("jobs", json!({"action": "poll", "job": 1})).await;
    assert!(polled.model_text.ends_with("\n[no new output]"), "{}", polled.model_text);
    stage.file("go", "");
    let ended = stage.ok("jobs", json!({"action": "poll", "job": 1, "wait_s": 30})).await;
    assert!(ended.model_text.starts_with("Job 1: ended, exit code 0, "), "{}", ended.model_text);
    assert!(ended.model_text.ends_with("\nsecond"));
    assert_eq!(ended.data["output"], "second\n");
    assert_eq!(ended.data["kind"], "jobs");
}

#[tokio::test]
async fn a_job_is_killed_with_what_it_started() {
    let mut stage = Stage::new();
    start(&mut stage, "sleep 600 & echo $!; wait").await;
    let killed = stage.ok("jobs", json!({"action": "kill", "job": 1})).await;
    assert!(killed.model_text.starts_with("Job 1: ended, "), "{}", killed.model_text);
    assert_eq!(killed.data["jobs"][0]["state"], "ended");
    let list = stage.ok("jobs", json!({"action": "list"})).await.model_text;
    assert!(list.starts_with("1: ended, ") && list.ends_with(": sleep 600 & echo $!; wait"), "{list}");
}

#[tokio::test]
async fn a_quick_job_is_told_with_its_end() {
    let mut stage = Stage::new();
    let failed = start(&mut stage, "echo no; exit 4").await;
    assert_eq!(without_time(&failed.model_text), "Job 1: ended, exit code 4\nno");
}

#[tokio::test]
async fn long_output_of_a_job_is_stored() {
    let mut stage = Stage::new();
    stage.cap = 4_000;
    start(&mut stage, "seq 50000").await;
    let mut text = stage.ok("jobs", json!({"action": "poll", "job": 1, "wait_s": 30})).await.model_text;
    if text.contains("no new output") {
        text = stage.ok("jobs", json!({"action": "list"})).await.model_text;
        assert!(text.contains("exit code 0"), "{text}");
    }
    let page = stage.ok("read", json!({"path": "blob:call-1", "offset": 25_000, "limit": 1})).await;
    assert!(page.model_text.starts_with("25000\t25000\n"), "{}", page.model_text);
}

#[tokio::test]
async fn jobs_die_with_the_tools() {
    let mut stage = Stage::new();
    // A length of sleep that no other run on this machine has.
    let sleep = format!("72{}.5", std::process::id());
    for _ in 0..2 {
        assert!(!start(&mut stage, &format!("trap '' TERM; sleep {sleep} & sleep {sleep}")).await.is_error);
    }
    eventually("all of it runs", || (sleeping(&sleep) == 4).then_some(())).await;
    stage.tools.clear();
    eventually("nothing is left", || (sleeping(&sleep) == 0).then_some(())).await;
}

/// How many processes sleep for so many seconds.
fn sleeping(seconds: &str) -> usize {
    let line = format!("sleep\0{seconds}\0");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| std::fs::read(process.path().join("cmdline")).is_ok_and(|it| it == line.as_bytes()))
        .count()
}

#[tokio::test]
async fn jobs_that_are_not_there_are_named() {
    let mut stage = Stage::new();
    assert_eq!(stage.ok("jobs", json!({"action": "list"})).await.model_text, "There are no background jobs.");
    assert!(stage.refused("jobs", json!({"action": "poll"})).await.contains("Say which job"));
    assert!(stage.refused("jobs", json!({"action": "kill", "job": 7})).await.contains("no job 7"));
    assert!(stage.refused("jobs", json!({"action": "stop"})).await.contains("unknown variant"));
}
