//! Hooks that fail in every way: none of them stops the session, none of them leaves anything behind.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{ModelServer, Script, Turn};
use serde_json::{Value, json};

use super::{LONG, calling, every, ran, reason, run, told, with_hooks};
use crate::support;

/// A hook with this command before each call, and a deadline in seconds.
fn before(command: &str, timeout: f64) -> Value {
    json!({"PreToolUse": [{"hooks": [{"type": "command", "command": command, "timeout": timeout}]}]})
}

#[test]
fn b7_a_hook_that_crashes_or_talks_nonsense_changes_nothing_and_is_said() {
    let table = [
        ("kill -SEGV $$", "ended by signal 11"),
        ("echo oops >&2; exit 1", "exit code 1: oops"),
        ("no-such-program-here", "exit code 127"),
        ("printf '{\"decision\": \"block\"'", "begins like JSON and is none"),
        ("head -c 1000 /dev/urandom", ""),
        ("exec <&-; exec >&-; exec 2>&-", ""),
    ];
    for (command, expected) in table {
        let workspace = with_hooks(&before(command, 60.0));
        let server = calling("shell", json!({"command": "echo ran > ran.txt"}));
        let finished = run(&workspace, &server, &[]);
        finished.expect_code(0);
        assert_eq!(workspace.read("ran.txt"), "ran\n", "{command}");
        let (point, status, text) = ran(&finished).remove(0);
        assert_eq!(point, "PreToolUse");
        assert_eq!(status, if expected.is_empty() { "passed" } else { "failed" }, "{command}: {text}");
        assert!(text.contains(expected), "{command}: {text}");
    }
}

#[test]
fn b7_a_hook_that_hangs_is_ended_with_all_it_started() {
    // A length of sleep that no other run on this machine has.
    let seconds = (2_000_000 + std::process::id()).to_string();
    let command = format!("trap '' TERM; setsid sleep {seconds} & sleep {seconds}");
    let workspace = with_hooks(&before(&command, 0.5));
    let server = calling("shell", json!({"command": "echo ran > ran.txt"}));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert_eq!(workspace.read("ran.txt"), "ran\n");
    let (_, status, text) = ran(&finished).remove(0);
    assert_eq!((status.as_str(), text.as_str()), ("timed_out", "it did not end within 0.5 s and was ended"));
    assert_eq!(support::sleeping(&seconds), Vec::<String>::new());
}

#[test]
fn b7_ten_megabytes_or_an_endless_flood_are_cut_and_nothing_of_them_is_used() {
    let deny = "{\\\"decision\\\": \\\"block\\\"}";
    let table = [format!("echo \"{deny}\"; head -c 10485760 /dev/zero | tr '\\0' x"), "yes no".to_owned()];
    for command in table {
        let workspace = with_hooks(&before(&command, 600.0));
        let server = calling("shell", json!({"command": "echo ran > ran.txt"}));
        let finished = run(&workspace, &server, &[]);
        finished.expect_code(0);
        assert_eq!(workspace.read("ran.txt"), "ran\n");
        let (_, status, text) = ran(&finished).remove(0);
        assert_eq!(status, "failed");
        assert!(text.contains("more than 1 MiB"), "{text}");
    }
}

#[test]
fn b7_words_of_ten_megabytes_on_standard_error_are_shortened() {
    let workspace =
        with_hooks(&before("echo No. >&2; head -c 10485760 /dev/zero | tr '\\0' x >&2; exit 2", 60.0));
    let server = calling("shell", json!({"command": "true"}));
    run(&workspace, &server, &[]).expect_code(0);
    let told = told(&server);
    assert!(told.contains("No.") && told.len() < 12_000, "{} bytes", told.len());
}

#[test]
fn b7_interrupting_the_turn_ends_its_hooks_and_the_call_never_runs() {
    let seconds = (3_000_000 + std::process::id()).to_string();
    let workspace = with_hooks(&before(&format!("sleep {seconds}"), 600.0));
    let server = calling("shell", json!({"command": "echo ran > ran.txt"}));
    let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
    support::wait_until("the hook to begin", || support::sleeping(&seconds).len() == 1);
    running.signal(Signal::INT);
    let finished = running.finish(LONG);
    finished.expect_code(130);
    assert_eq!(reason(&finished), "interrupted");
    assert!(!workspace.has("ran.txt"));
    assert_eq!(support::sleeping(&seconds), Vec::<String>::new());
    assert_eq!(finished.records_of("tool_returned").len(), 1);
}

#[test]
fn b7_a_hook_before_a_message_that_hangs_can_be_interrupted_too() {
    let seconds = (4_000_000 + std::process::id()).to_string();
    let workspace = with_hooks(&json!({"UserPromptSubmit": every(&format!("sleep {seconds}"))}));
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
    let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
    support::wait_until("the hook to begin", || support::sleeping(&seconds).len() == 1);
    running.signal(Signal::INT);
    let finished = running.finish(LONG);
    finished.expect_code(130);
    assert_eq!((reason(&finished).as_str(), server.requests().len()), ("interrupted", 0));
    assert_eq!(support::sleeping(&seconds), Vec::<String>::new());
}

#[test]
fn b7_a_signal_while_the_session_begins_stops_the_message_behind_its_hooks() {
    for (signal, code, ended) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let seconds = (5_000_000 + 10 * std::process::id() + u32::from(code == 143)).to_string();
        let workspace = with_hooks(&json!({"SessionStart": every(&format!("sleep {seconds}"))}));
        let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
        let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
        support::wait_until("the hook to begin", || support::sleeping(&seconds).len() == 1);
        running.signal(signal);
        let finished = running.finish(LONG);
        finished.expect_code(code);
        assert_eq!((reason(&finished).as_str(), server.requests().len()), (ended, 0));
    }
}

#[test]
fn b7_hooks_that_fail_at_every_point_stop_nothing() {
    let points = ["SessionStart", "SessionEnd", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop"];
    let mut hooks = json!({});
    for point in points {
        hooks[point] = json!([{"hooks": [
            {"type": "command", "command": "exit 1"},
            {"type": "command", "command": "kill -KILL $$"},
            {"type": "command", "command": "sleep 100", "timeout": 0.2},
        ]}]);
    }
    let workspace = with_hooks(&hooks);
    let server = calling("shell", json!({"command": "echo ran > ran.txt"}));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert_eq!((workspace.read("ran.txt").as_str(), reason(&finished).as_str()), ("ran\n", "done"));
    for point in points.into_iter().filter(|point| *point != "SessionEnd") {
        let failed = ran(&finished).into_iter().filter(|(at, status, _)| at == point && status != "passed");
        assert_eq!(failed.count(), 3, "{point}");
    }
}

#[test]
fn b7_a_hook_that_starts_the_program_runs_no_hooks_again() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let program = env!("CARGO_BIN_EXE_headwater");
    let command = format!(
        "echo x >> \"$CLAUDE_PROJECT_DIR/ran\"; {program} exec --provider llamacpp --model m --base-url {} hi",
        server.base_url()
    );
    let workspace = with_hooks(&json!({"UserPromptSubmit": every(&command)}));
    run(&workspace, &server, &[]).expect_code(0);
    assert_eq!(workspace.read("ran"), "x\n", "once, and not by the program it has started");
    assert_eq!(server.requests().len(), 2, "both have asked the model");
}
