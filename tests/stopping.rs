//! Hard stops, the repeat guard, cancelling: a run never goes on for ever, and ends with a word why.

use std::time::{Duration, Instant};

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{Fault, ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support;

const LONG: Duration = headwater_testkit::DEADLINE;

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(support::exec(workspace, server).arg("--json").args(arguments).arg("go")).finish(LONG)
}

fn executed(finished: &Finished) -> usize {
    finished.records_of("tool_returned").iter().filter(|record| record["status"] == "ran").count()
}

#[test]
fn z6_the_same_call_is_executed_three_times_at_most() {
    let again = Turn::text("").call("shell", json!({"command": "echo same"}));
    let server = ModelServer::start(Script::new().turn(again).repeat_last());
    let finished = run(&support::workspace(), &server, &[]);
    finished.expect_code(5);
    assert_eq!(executed(&finished), 3);
    let end = finished.records_of("turn_ended").pop().expect("an end");
    assert_eq!(end["reason"], "stalled");
    let third = &finished.records_of("tool_returned")[2];
    assert!(third["reminders"][0].as_str().is_some_and(|told| told.contains("third time")), "{third}");
}

#[test]
fn z6_a_cycle_of_two_calls_is_executed_three_times_at_most() {
    let script = Script::responder(|index, _| {
        let word = if index % 2 == 0 { "ping" } else { "pong" };
        Turn::text("").call("shell", json!({"command": format!("echo {word}")}))
    });
    let finished = run(&support::workspace(), &ModelServer::start(script), &[]);
    finished.expect_code(5);
    assert_eq!(executed(&finished), 6);
}

#[test]
fn z6_parallel_calls_in_every_step_are_executed_three_times_each() {
    let both = Turn::text("")
        .call("shell", json!({"command": "echo a"}))
        .call("shell", json!({"command": "echo b"}));
    let server = ModelServer::start(Script::new().turn(both).repeat_last());
    let finished = run(&support::workspace(), &server, &[]);
    finished.expect_code(5);
    assert_eq!(executed(&finished), 6);
}

#[test]
fn z6_sixty_equal_calls_in_one_message_run_once() {
    let mut many = Turn::text("");
    for _ in 0..60 {
        many = many.call("shell", json!({"command": "echo x >> count.txt"}));
    }
    let server = ModelServer::start(Script::new().turn(many).turn(Turn::text("Done.")));
    let workspace = support::workspace();
    run(&workspace, &server, &[]);
    assert_eq!(workspace.read("count.txt"), "x\n");
}

#[test]
fn z6_the_same_call_with_new_results_goes_on() {
    let script = Script::responder(|index, _| match index {
        0..8 => Turn::text("").call("shell", json!({"command": "echo x >> n.txt; wc -l < n.txt"})),
        _ => Turn::text("Eight."),
    });
    let finished = run(&support::workspace(), &ModelServer::start(script), &[]);
    finished.expect_code(0);
    assert_eq!(executed(&finished), 8);
}

#[test]
fn z1_the_step_limit_holds_exactly() {
    let script = Script::responder(|index, _| {
        Turn::text("").call("shell", json!({"command": format!("echo {index}")}))
    });
    let server = ModelServer::start(script);
    let workspace = support::workspace();
    let finished = spawn(support::exec(&workspace, &server).args(["--max-steps", "4", "go"])).finish(LONG);
    finished.expect_code(5);
    assert_eq!(server.requests().len(), 4);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("--max-steps"), "{}", finished.stderr);
    let mut sessions = std::fs::read_dir(support::sessions_directory(&workspace)).expect("the sessions");
    let session = sessions.next().expect("a session").expect("an entry").path();
    let log = std::fs::read_to_string(session.join("transcript.jsonl")).expect("the log");
    assert!(log.contains("\"reason\":\"max_steps\""), "{log}");
}

#[test]
fn z1_the_time_limit_ends_a_hanging_command() {
    let server = ModelServer::start(
        Script::new().turn(Turn::text("").call("shell", json!({"command": "sleep 6000"}))),
    );
    let finished = run(&support::workspace(), &server, &["--max-time", "1"]);
    finished.expect_code(5);
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "max_time");
}

#[test]
fn s1_w4_a_cancelled_command_leaves_no_process() {
    let workspace = support::workspace();
    // A length of sleep that no other run on this machine has.
    let seconds = (1_000_000 + std::process::id()).to_string();
    let script = format!("trap '' TERM\nsetsid sleep {seconds} &\necho $$ > pid.txt\nsleep {seconds}\n");
    workspace.script("hang.sh", &script);
    let call = Turn::text("").call("shell", json!({"command": "sh hang.sh"}));
    let server = ModelServer::start(Script::new().turn(call));
    let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
    support::wait_until("both processes to begin", || sleeping(&seconds).len() == 2);
    let start = Instant::now();
    running.signal(Signal::INT);
    let finished = running.finish(LONG);
    finished.expect_code(130);
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "interrupted");
    assert_eq!(sleeping(&seconds), Vec::<String>::new(), "left after {:?}", start.elapsed());
    let returned = finished.records_of("tool_returned").pop().expect("a result");
    assert_eq!(returned["status"], "cancelled");
}

/// The running processes that sleep for so many seconds.
fn sleeping(seconds: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let is_wanted = |path: &std::path::Path| {
        std::fs::read(path.join("cmdline")).is_ok_and(|line| line == format!("sleep\0{seconds}\0").as_bytes())
    };
    let paths = processes.map(|entry| entry.path()).filter(|path| is_wanted(path));
    paths.map(|path| path.display().to_string()).collect()
}

#[test]
fn malformed_arguments_are_never_executed() {
    // Cut within a value: whoever closed it would have made the rest up.
    let broken = Turn::text("").raw_call("shell", "{\"command\": \"touch broken.txt");
    let server = ModelServer::start(Script::new().turn(broken).turn(Turn::text("Sorry.")));
    let workspace = support::workspace();
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(!workspace.has("broken.txt"));
    let told = server.requests()[1].last_text("tool").expect("a result");
    assert!(told.contains("line 1 column") && told.contains("\"command\""), "{told}");
}

#[test]
fn headless_denies_what_would_ask_and_says_so() {
    let script = Script::responder(|index, _| match index {
        0..3 => Turn::text("").call("shell", json!({"command": format!("curl http://127.0.0.1:9/{index}")})),
        _ => Turn::text("Never reached."),
    });
    let server = ModelServer::start(script);
    let finished = run(&support::workspace(), &server, &[]);
    finished.expect_code(3);
    let end = &finished.records_of("turn_ended")[0];
    assert_eq!((end["reason"].as_str(), end["denied"].as_u64()), (Some("needs_person"), Some(3)));
}

#[test]
fn z1_a_model_without_a_price_chosen_during_a_session_says_that_the_cost_limit_is_off() {
    let workspace = support::workspace();
    workspace.home_file("config.toml", "[models.scripted]\nprice = { input = 1.0, output = 2.0 }\n");
    let server = ModelServer::start(Script::new());
    let mut command = workspace.command();
    command.env("OPENAI_API_KEY", "sk-x").args(["--provider", "openai", "-m", "scripted", "--max-cost", "1"]);
    let terminal = Terminal::start(command.args(["--base-url", &server.base_url()]), 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.play("=== keys\n/model priceless<Enter>\n=== screen\nThe price of priceless is unknown");
    let shown = terminal.screen().text();
    assert_eq!(shown.matches("--max-cost cannot hold").count(), 1, "{shown}");
}

#[test]
fn b4_ten_steps_of_failures_in_a_row_end_the_turn() {
    let fails = |index: usize| {
        let command = format!("echo error {index}: no such part >&2; exit 1");
        Turn::text("").call("shell", json!({"command": command}))
    };
    let server = ModelServer::start(Script::responder(move |index, _| fails(index)));
    let finished = run(&support::workspace(), &server, &[]);
    finished.expect_code(5);
    assert_eq!(server.requests().len(), 10);
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "failures");
    // Nine are not enough.
    let server = ModelServer::start(Script::responder(move |index, _| match index {
        0..9 => fails(index),
        _ => Turn::text("I give up."),
    }));
    run(&support::workspace(), &server, &[]).expect_code(0);
}

#[test]
fn b4_the_cost_limit_holds_exactly() {
    // A dollar a step: a million tokens in.
    let step = |index: usize| {
        let call = Turn::text("").call("shell", json!({"command": format!("echo {index}")}));
        call.usage(1_000_000, 0, 0)
    };
    let spend = |most: &str| {
        let workspace = support::workspace();
        workspace.home_file("config.toml", "[models.scripted]\nprice = { input = 1.0, output = 1.0 }\n");
        let server = ModelServer::start(Script::responder(move |index, _| step(index)));
        let finished = run(&workspace, &server, &["--max-cost", most]);
        finished.expect_code(5);
        assert_eq!(finished.records_of("turn_ended")[0]["reason"], "max_cost");
        server.requests().len()
    };
    assert_eq!((spend("3"), spend("3.01")), (3, 4));
}

#[test]
fn w4_whatever_fails_for_good_ends_in_a_typed_state() {
    let nothing = || {
        Script::responder(|index, _| Turn::text("").call("read", json!({"path": format!("none-{index}")})))
    };
    let table = [
        ("a tool that fails each time", nothing(), "failures", 5),
        (
            "a model that fails each time",
            Script::new().turn(Turn::fault(Fault::Unauthorized)).repeat_last(),
            "provider_failed",
            6,
        ),
        ("a call that nobody can approve", asking_once(), "done", 0),
    ];
    for (what, script, reason, code) in table {
        let (workspace, server) = (support::workspace(), ModelServer::start(script));
        let finished = run(&workspace, &server, &[]);
        finished.expect_code(code);
        let last = finished.records().pop().expect("records");
        assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!(reason)), "{what}");
        let (called, returned) =
            (finished.records_of("tool_called").len(), finished.records_of("tool_returned").len());
        assert_eq!(called, returned, "{what}: every call has its result");
    }
}

fn asking_once() -> Script {
    Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "git push --force origin main"})))
        .turn(Turn::text("I could not."))
}
