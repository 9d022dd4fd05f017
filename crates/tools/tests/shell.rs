//! `shell`: how commands end, what they may touch, and when the call returns.

use std::time::{Duration, Instant};

use headwater_protocol::Confinement;
use headwater_protocol::ToolOutcome;
use headwater_testkit::AtBest;
use serde_json::{Value, json};

use crate::stage::{Stage, without, without_time};

async fn shell(stage: &mut Stage, command: &str) -> ToolOutcome {
    stage.call("shell", json!({"command": command})).await
}

#[tokio::test]
async fn the_golden_triple_of_shell() {
    let mut stage = Stage::new();
    let outcome = shell(&mut stage, "echo out; echo err >&2; exit 3").await;
    assert!(outcome.is_error);
    let data = without(outcome.data, "duration_ms");
    insta::assert_snapshot!(format!("{}\n{data:#}", without_time(&outcome.model_text)), @r#"
    exit code 3
    out
    err

    {
      "kind": "shell",
      "command": "echo out; echo err >&2; exit 3",
      "exit": "code",
      "code": 3,
      "lines": 2,
      "bytes": 8,
      "tail": "out\nerr",
      "violations": []
    }
    "#);
    let quiet = shell(&mut stage, "true").await;
    assert_eq!((without_time(&quiet.model_text).as_str(), quiet.is_error), ("exit code 0, no output", false));
}

#[tokio::test]
async fn the_same_command_has_the_same_result() {
    // The guard against repetition compares texts, so nothing in them may vary by itself.
    let mut stage = Stage::new();
    let (first, second) = (shell(&mut stage, "echo a").await, shell(&mut stage, "echo a").await);
    assert_eq!(first.model_text, second.model_text);
}

#[tokio::test]
async fn a_command_starts_in_the_workspace_or_the_directory_named() {
    let mut stage = Stage::new();
    stage.file("sub/f", "");
    let root = stage.path("").display().to_string();
    let root = root.trim_end_matches('/');
    assert!(shell(&mut stage, "pwd").await.model_text.ends_with(&format!("{root}\n")));
    let below = stage.ok("shell", json!({"command": "pwd", "workdir": "sub"})).await.model_text;
    assert!(below.ends_with(&format!("{root}/sub\n")), "{below}");
    stage.file("two\nlines/f", "");
    let quoted = stage.ok("shell", json!({"command": "ls", "workdir": r#""two\nlines""#})).await.model_text;
    assert!(quoted.ends_with("\nf\n"), "a name as `list` writes it: {quoted}");
    assert!(
        stage.refused("shell", json!({"command": "pwd", "workdir": "none"})).await.contains("does not exist")
    );
    assert!(stage.refused("shell", json!({"command": "  "})).await.contains("empty"));
}

#[tokio::test]
async fn s1_each_command_begins_afresh_where_it_was_told_to() {
    let mut stage = Stage::new();
    stage.file("sub/f", "");
    let root = shell(&mut stage, "pwd").await.model_text;
    shell(&mut stage, "cd sub && export LEFT_BEHIND=yes && alias ls=false").await;
    assert_eq!(shell(&mut stage, "pwd").await.model_text, root, "no cd reaches the next command");
    let left = shell(&mut stage, "echo \"[${LEFT_BEHIND-}]\"; ls sub").await.model_text;
    assert!(left.ends_with("[]\nf\n"), "no export and no alias does either: {left}");
    // Within one command both hold, as in any script.
    let within = shell(&mut stage, "cd sub; export A=1; bash -c 'pwd; echo $A'").await.model_text;
    assert!(within.ends_with("/sub\n1\n"), "{within}");
}

#[tokio::test]
async fn s1_a_directory_that_is_gone_is_named_and_the_next_command_runs() {
    let mut stage = Stage::new();
    stage.file("sub/f", "");
    stage.ok("shell", json!({"command": "rm -r ../sub; pwd -P || true", "workdir": "sub"})).await;
    let said = stage.refused("shell", json!({"command": "pwd", "workdir": "sub"})).await;
    assert!(said.contains("sub") && said.contains("does not exist"), "{said}");
    shell(&mut stage, "echo still here").await;
    std::fs::remove_dir_all(stage.path("")).unwrap();
    let said = stage.refused("shell", json!({"command": "pwd"})).await;
    assert!(said.contains("does not exist") || said.contains("No such file"), "{said}");
}

#[tokio::test]
async fn s1_a_deadline_ends_everything_a_command_has_started() {
    let mut stage = Stage::new();
    // A length of sleep that no other run on this machine has.
    let sleep = format!("71{}.5", std::process::id());
    let outcome = stage
        .call("shell", json!({"command": format!("sleep {sleep} & sleep {sleep} & wait"), "timeout_s": 1}))
        .await;
    assert_eq!(outcome.data["exit"], "timed_out");
    let left = shell(&mut stage, &format!("ps -eo args | grep -c '^sleep {sleep}' || true")).await.model_text;
    assert!(left.ends_with("\n0\n"), "{left}");
}

#[tokio::test]
async fn a_deadline_kills_and_says_so() {
    let mut stage = Stage::new();
    let outcome = stage.call("shell", json!({"command": "echo before; sleep 6000", "timeout_s": 3})).await;
    assert!(outcome.is_error && outcome.model_text.starts_with("timed out and was killed, about "));
    assert!(outcome.model_text.contains("\nbefore\n"));
    assert_eq!(
        (outcome.data["exit"].as_str(), outcome.data["code"].as_u64()),
        (Some("timed_out"), Some(124))
    );
}

#[tokio::test]
async fn p3_a_cancelled_command_is_gone_within_200_ms() {
    let mut stage = Stage::new();
    let mut figure = AtBest::within(Duration::from_millis(200));
    while figure.is_open() {
        figure.took(from_cancel_to_end(&mut stage).await);
    }
}

/// How long a stubborn command goes on after it was cancelled.
async fn from_cancel_to_end(stage: &mut Stage) -> Duration {
    stage.live.lock().unwrap().clear();
    let (context, tool) = (stage.context(), stage.tool("shell"));
    let (cancel, live) = (context.cancel.clone(), std::sync::Arc::clone(&stage.live));
    let command = "trap '' TERM; (trap '' TERM; sleep 60) & echo ready; wait";
    let running = tokio::spawn(async move { tool.run(json!({"command": command}), context).await });
    let deadline = Instant::now() + crate::stage::DEADLINE;
    while !live.lock().unwrap().contains("ready") {
        assert!(Instant::now() < deadline, "it never began");
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    cancel.cancel();
    let outcome = running.await.unwrap();
    let elapsed = began.elapsed();
    assert!(outcome.is_error && outcome.model_text.starts_with("interrupted and killed\nready"));
    elapsed
}

#[tokio::test]
async fn a_child_that_holds_the_pipe_does_not_hold_the_call() {
    let mut stage = Stage::new();
    let outcome = shell(&mut stage, "sleep 6000 & echo started").await;
    assert_eq!(without_time(&outcome.model_text), "exit code 0\nstarted\n");
}

#[tokio::test]
async fn output_comes_live_and_the_result_is_plain() {
    let mut stage = Stage::new();
    let outcome = shell(&mut stage, r"printf '\033[32mgreen\033[0m\n 10%%\r 50%%\r100%%\n'").await;
    assert_eq!(without_time(&outcome.model_text), "exit code 0\ngreen\n100%\n");
    assert!(stage.live.lock().unwrap().starts_with("\u{1b}[32mgreen"), "the screen gets it as it is");
}

#[tokio::test]
async fn the_mode_decides_what_may_be_written() {
    let mut stage = Stage::new();
    stage.file("f", "");
    assert!(!shell(&mut stage, "echo x > f && echo y > \"$TMPDIR/t\" && cat \"$TMPDIR/t\"").await.is_error);
    let protected = shell(&mut stage, "mkdir -p .git/hooks && echo x > .git/hooks/pre-commit").await;
    assert!(!stage.path(".git/hooks/pre-commit").exists(), "{}", protected.model_text);
    stage.confinement = Confinement::ReadOnly;
    let refused = shell(&mut stage, "echo z > f").await;
    assert!(refused.is_error && stage.content("f") == "x\n", "{}", refused.model_text);
    assert_eq!(refused.model_text.contains("Read-only"), !refused.reminders.is_empty());
}

#[tokio::test]
async fn a_failure_for_want_of_a_network_is_explained() {
    let mut stage = Stage::new();
    let fail = "echo 'curl: (6) Could not resolve host: example.com' >&2; exit 6";
    assert!(shell(&mut stage, fail).await.reminders[0].contains("Commands have no network here"));
    stage.confinement = Confinement::WorkspaceWriteNetwork;
    assert!(shell(&mut stage, fail).await.reminders.is_empty());
}

#[tokio::test]
async fn nothing_waits_for_a_person_at_the_terminal() {
    let mut stage = Stage::new();
    let outcome =
        shell(&mut stage, "read line; echo \"[$line]\"; echo $PAGER $GIT_TERMINAL_PROMPT; test -t 0").await;
    assert_eq!(without_time(&outcome.model_text), "exit code 1\n[]\ncat 0\n");
    assert_eq!(outcome.data["violations"], Value::Array(Vec::new()));
}
