//! Servers that send too much, nonsense, or nothing: each ends in a state, and nothing waits for it.

use std::time::Duration;

use headwater_testkit::McpProgram;
use headwater_tools::mcp::{ServerConfig, ServerState};
use serde_json::json;

use super::{Session, program};

fn why(state: &ServerState) -> &str {
    if let ServerState::Failed { why } = state { why } else { "" }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_nonsense_and_huge_lines_are_passed_over() {
    for words in [["nonsense"], ["huge"], ["odd"]] {
        let server = McpProgram::new(&words);
        let mut session = Session::ready(program(&server)).await;
        assert_eq!(session.ok("echo", json!({"text": "hi"})).await.model_text, "you said hi", "{words:?}");
        let remarks = session.report().remarks;
        assert_eq!(remarks.len(), usize::from(words == ["odd"]), "{remarks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_server_without_end_is_cut_off() {
    let server = McpProgram::new(&["flood"]);
    let session = Session::start(vec![program(&server)], &tempfile::tempdir().unwrap());
    let report = session.until("it is cut off", |report| !why(&report.state).is_empty()).await;
    assert_eq!(why(&report.state), "it sends more than anybody asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_ten_thousand_tools_become_two_thousand_and_a_remark() {
    let server = McpProgram::new(&["many=10000", "page=100"]);
    let session = Session::ready(program(&server)).await;
    let report = session.report();
    assert_eq!(report.tools.len(), 2_000);
    assert_eq!(report.remarks, ["It lists more than 2000 tools; the others are left out."]);
    let pages = server.heard().iter().filter(|method| *method == "tools/list").count();
    assert!(pages < 25, "{pages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_server_that_cannot_start_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let server = McpProgram::new(&["dies"]);
    let dies = Session::start(vec![program(&server)], &cache);
    let report = dies.until("it failed", |report| !why(&report.state).is_empty()).await;
    assert_eq!(why(&report.state), "it ended before it answered (exit code 7): there is no database");

    let mut missing = program(&server);
    missing.reach = headwater_tools::mcp::Reach::Stdio {
        command: vec!["headwater-no-such-program".to_owned()],
        env: Vec::new(),
        cwd: std::env::temp_dir(),
    };
    let missing = Session::start(vec![missing], &cache);
    let report = missing.until("it failed", |report| !why(&report.state).is_empty()).await;
    assert!(why(&report.state).starts_with("it was not started: "), "{}", why(&report.state));
    assert!(why(&report.state).contains("headwater-no-such-program"), "{}", why(&report.state));

    let server = McpProgram::new(&["silent"]);
    let slow = ServerConfig { start_timeout: Duration::from_millis(200), ..program(&server) };
    let slow = Session::start(vec![slow], &cache);
    let report = slow.until("it failed", |report| !why(&report.state).is_empty()).await;
    assert_eq!(why(&report.state), "it did not answer within 0.2 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_server_that_has_learned_the_newest_version_is_known_again() {
    let cache = tempfile::tempdir().unwrap();
    let server = McpProgram::new(&[]);
    let command = program(&server);
    Session::start(vec![command.clone()], &cache).until("it answers", |report| report.took.is_some()).await;
    // The same command, which now speaks otherwise: what was kept of it is believed first.
    std::fs::write(server.directory().join("words.txt"), "modern").unwrap();
    let mut session = Session::start(vec![command], &cache);
    let report = session.until("it answers", |report| report.took.is_some()).await;
    assert_eq!(report.protocol.as_deref(), Some("2026-07-28"));
    session.ok("grow", json!({"name": "newcomer"})).await;
    let has_grown = |report: &headwater_tools::mcp::ServerReport| {
        report.tools.iter().any(|tool| tool.given == "newcomer")
    };
    session.until("it tells of the new tool, having been asked to", has_grown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_old_versions_are_spoken_too() {
    for (words, expected) in [
        (vec!["version=2024-11-05"], "2024-11-05"),
        (vec!["version=2025-06-18"], "2025-06-18"),
        // One that ends when it is asked what it does not know.
        (vec!["old", "version=2024-11-05"], "2024-11-05"),
    ] {
        let server = McpProgram::new(&words);
        let mut session = Session::ready(program(&server)).await;
        assert_eq!(session.report().protocol.as_deref(), Some(expected));
        session.ok("echo", json!({"text": "hi"})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_half_a_character_costs_no_answer() {
    let server = McpProgram::new(&["halves"]);
    let mut session = Session::ready(program(&server)).await;
    assert_eq!(session.ok("echo", json!({"text": "hi"})).await.model_text, "you said hi\u{fffd}");
}
