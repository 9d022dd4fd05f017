//! Calls: what comes of an answer, of a failure, of an interruption.

use std::time::{Duration, Instant};

use headwater_protocol::Transient;
use headwater_testkit::McpProgram;
use headwater_tools::mcp::{ServerConfig, ServerState};
use serde_json::json;

use super::{Session, eventually, program};
use crate::stage::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn s7_answers_become_text_and_what_is_no_text_is_stored() {
    let server = McpProgram::new(&[]);
    let mut session = Session::ready(program(&server)).await;
    let mixed = session.ok("mixed", json!({})).await;
    let expected = "first red\n\
                    [image image/png, 70 B, 1×1: stored as blob:call-1-0]\n\
                    [image image/png: cannot be decoded]\n\
                    [resource note://1]\na note\n\
                    [resource note://2, 3 B: stored as blob:call-1-1]\n\
                    [link: x file:///x ]\n\
                    [of a kind that is not known: hologram]";
    assert_eq!(mixed.model_text, expected);
    assert_eq!(mixed.blobs.len(), 2);
    assert_eq!(std::fs::read(session.stage.blob("call-1-1")).unwrap(), [0, 1, 2]);
    let shape = session.ok("shape", json!({})).await;
    assert_eq!(shape.model_text, "{\n  \"rows\": [\n    1,\n    2\n  ]\n}");
    assert_eq!(
        shape.data,
        json!({"kind": "mcp", "server": "s", "tool": "shape", "structured": {"rows": [1, 2]}})
    );
    let failed = session.refused("fail", json!({})).await;
    assert_eq!((failed.model_text.as_str(), failed.failure), ("there is no such row", None));
    let refused = session.refused("refuse", json!({})).await;
    assert_eq!(refused.model_text, "The server s refuses it: there is no tool refuse (code -32602)");
    let wrong = session.passed_on("mcp__s__echo", &json!("text")).unwrap();
    assert_eq!(wrong.0.access(&wrong.1), Err("the arguments must be an object".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_long_answer_is_cut_and_stored_whole() {
    let server = McpProgram::new(&[]);
    let mut session = Session::ready(program(&server)).await;
    session.stage.cap = 4_000;
    let large = session.ok("large", json!({"lines": "50000"})).await;
    assert!(large.model_text.len() <= 4_000, "{}", large.model_text.len());
    assert!(large.model_text.starts_with("line 0\n") && large.model_text.ends_with("line 49999\n"));
    assert!(large.model_text.contains("is stored: read blob:call-1 with offset"), "{}", large.model_text);
    let stored = std::fs::read_to_string(session.stage.blob("call-1")).unwrap();
    assert_eq!((stored.lines().count(), large.blobs.len()), (50_000, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_progress_is_shown_and_an_interrupted_call_ends_at_once_and_the_server_is_told() {
    let server = McpProgram::new(&[]);
    let mut session = Session::ready(program(&server)).await;
    let (tool, input) = session.passed_on("mcp__s__hang", &json!({})).unwrap();
    let context = session.stage.context();
    let running = tokio::spawn(async move { tool.run(input, context).await });
    let live = session.stage.live.clone();
    eventually("the progress is shown", || {
        // Two notes may be handled side by side.
        let shown = live.lock().unwrap().clone();
        (shown.contains("1/2 step [31mred\n") && shown.contains("2/2 step [31mred\n")).then_some(())
    })
    .await;
    session.stage.cancel.cancel();
    let outcome = tokio::time::timeout(DEADLINE, running).await.unwrap().unwrap();
    assert!(outcome.is_error && outcome.model_text.starts_with("Interrupted; the server s was told."));
    eventually("it is told", || server.heard().contains(&"notifications/cancelled".to_owned()).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_call_without_an_answer_is_given_up() {
    let server = McpProgram::new(&[]);
    let config = ServerConfig { call_timeout: Duration::from_secs(3), ..program(&server) };
    let mut session = Session::ready(config).await;
    let outcome = session.refused("hang", json!({})).await;
    assert!(
        outcome.model_text.contains("said nothing for 3 s and was told to stop"),
        "{}",
        outcome.model_text
    );
    assert_eq!(outcome.failure, Some(Transient::default()));
    eventually("it is told", || server.heard().contains(&"notifications/cancelled".to_owned()).then_some(()))
        .await;
    session.ok("echo", json!({"text": "still there"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_server_that_dies_fails_for_now_and_is_started_again_by_the_next_call() {
    let server = McpProgram::new(&[]);
    let mut session = Session::ready(program(&server)).await;
    let lost = session.refused("die", json!({})).await;
    assert!(lost.model_text.starts_with("The server s cannot be reached: it ended"), "{}", lost.model_text);
    assert_eq!(lost.failure, Some(Transient::default()), "it may have done something");
    let failed = session.until("it is known", |report| report.state.name() == "failed").await;
    let ServerState::Failed { why } = failed.state else { panic!("{failed:?}") };
    assert_eq!(why, "it ended (exit code 3): the disk is on fire");
    assert!(failed.errors.ends_with("the disk is on fire"), "{}", failed.errors);

    // It is left alone for a moment; who calls at once is told how long.
    let began = Instant::now();
    let refused = session.through("mcp__s__echo", json!({"text": "x"})).await;
    if let Some(failure) = refused.failure {
        assert!(failure.had_no_effect && failure.retry_after.unwrap() <= Duration::from_secs(1));
        assert_eq!(
            refused.model_text,
            "Not called: the server s does not answer; it ended (exit code 3): the disk is on fire."
        );
    }
    let mut moments = tokio::time::interval(Duration::from_millis(50));
    let back = loop {
        let outcome = session.through("mcp__s__echo", json!({"text": "back"})).await;
        if outcome.failure.is_none() {
            break outcome;
        }
        assert!(began.elapsed() < DEADLINE, "{}", outcome.model_text);
        moments.tick().await;
    };
    assert_eq!(back.model_text, "you said back");
    assert_eq!(server.starts(), 2);
}
