//! `headwater exec`: whole tasks, prompts, records, limits, signals, failing providers.

use std::cell::{Cell, RefCell};
use std::process::Stdio;
use std::time::Duration;

use headwater_testkit::server::refused_base_url;
use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Fault, Gate, ModelServer, Script, Turn, Workspace};
use rustix::process::{Pid, kill_process};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _, exec, workspace};

fn answers(text: &str) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text(text)))
}

fn fails_with(fault: Fault) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::fault(fault)).repeat_last())
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).args(arguments)).finish(DEADLINE)
}

/// Reads, edits, runs the test, claims success.
fn fixing_script() -> Script {
    Script::new()
        .turn(Turn::text("I look at the code.").call("read", json!({"path": "src/add.sh"})))
        .turn(Turn::text("").call(
            "edit",
            json!({"path": "src/add.sh", "old": "for number in \"$1\" \"$2\"; do", "new": "for number in \"$@\"; do"}),
        ))
        .turn(Turn::text("").call("shell", json!({"command": "sh tests/run.sh"})))
        .turn(Turn::text("The sum left out its third argument; the test passes now."))
}

#[test]
fn a_whole_task_is_done_and_the_answer_stands_alone_on_stdout() {
    let workspace = workspace().with_failing_test();
    let server = ModelServer::start(fixing_script());
    let finished = run(&workspace, &server, &["fix the failing test"]).with_code(0);
    assert_eq!(finished.stdout, "The sum left out its third argument; the test passes now.\n");
    assert!(workspace.read("src/add.sh").contains("for number in \"$@\"; do"));
    let test = spawn(workspace.sealed("sh").arg("tests/run.sh")).finish(DEADLINE);
    test.with_code(0);
    for told in ["read src/add.sh", "edit src/add.sh", "shell sh tests/run.sh"] {
        assert!(finished.stderr.contains(told), "{told}\n{}", finished.stderr);
    }
    let last = server.requests().pop().expect("requests");
    assert!(last.last_text("tool").expect("a result").contains("ok - adds three numbers"));
}

#[test]
fn a_wrong_claim_is_visible_in_the_log() {
    let workspace = workspace().with_failing_test();
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "sh tests/run.sh"})))
        .turn(Turn::text("All tests pass."));
    let finished = run(&workspace, &ModelServer::start(script), &["--json", "fix the failing test"]);
    let returned = finished.records_of("tool_returned").pop().expect("a result");
    assert_eq!(returned["is_error"], true);
    assert!(
        returned["text"].as_str().is_some_and(|text| text.contains("not ok - adds three numbers")),
        "{returned}"
    );
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "All tests pass.");
}

#[test]
fn the_prompt_comes_from_words_a_dash_or_stdin() {
    let table: [(&[&str], &str, &str); 4] = [
        (&["one", "two"], "", "one two"),
        (&["-"], "from a pipe\n", "from a pipe"),
        (&[], "without a prompt", "without a prompt"),
        (&["words win"], "unread", "words win"),
    ];
    for (arguments, input, expected) in table {
        let (workspace, server) = (workspace(), answers("ok"));
        let mut running = spawn(exec(&workspace, &server).args(arguments));
        running.write(input).close_stdin();
        running.finish(DEADLINE).with_code(0);
        let said = server.requests()[0].body.to_string();
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let finished = run(&workspace(), &answers("ok"), &[]).with_code(2);
    assert!(finished.stderr.contains("there is no prompt"), "{}", finished.stderr);
}

#[test]
fn s2_every_json_line_is_a_record_of_the_schema_and_the_last_is_turn_ended() {
    let workspace = workspace().with_failing_test();
    let finished = run(&workspace, &ModelServer::start(fixing_script()), &["--json", "fix it"]).with_code(0);
    let records = finished.records();
    records.iter().enumerate().for_each(|(seq, record)| assert_eq!(record["seq"], seq));
    assert_keep_the_schema(&workspace, &records);
    let last = records.last().expect("records");
    assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!("done")));
    assert_eq!(records[0]["type"], "session_started");
}

/// Every line is what `headwater schema` says a record is.
fn assert_keep_the_schema(workspace: &Workspace, records: &[Value]) {
    let schema: Value =
        serde_json::from_str(&workspace.run(["schema"]).with_code(0).stdout).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a sound schema");
    assert!(!schema.is_valid(&json!({"seq": 0, "type": "turn_ended"})), "the schema lets anything through");
    for record in records {
        if let Err(error) = schema.validate(record) {
            panic!("{error}: {record}");
        }
    }
}

#[test]
fn s2_the_lines_of_a_mission_keep_the_schema_too() {
    let workspace = workspace();
    let mut command = workspace.command();
    command.args(["exec", "--json", "--provider", "demo", "--mode", "recursive", "--approve-mission"]);
    let records = spawn(&mut command).finish(DEADLINE).with_code(0).records();
    let kinds = ["mission_started", "child_returned", "mission_approved", "cell_returned", "final_accepted"];
    for kind in kinds {
        assert!(records.iter().any(|record| record["type"] == kind), "{kind}");
    }
    assert_keep_the_schema(&workspace, &records);
    assert_eq!(records.last().expect("records")["type"], "turn_ended");
}

#[test]
fn deltas_come_only_when_asked_for() {
    let run = |arguments: &[&str]| {
        let server = ModelServer::start(Script::new().turn(Turn::text("one two three").deltas_of(4)));
        run(&workspace(), &server, arguments).with_code(0).records()
    };
    let is_text = |line: &&Value| line["type"] == "text";
    assert_eq!(run(&["--json", "go"]).iter().filter(is_text).count(), 0);
    let told: String = run(&["--json", "--deltas", "go"])
        .iter()
        .filter(is_text)
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert_eq!(told, "one two three");
    let finished = spawn(exec(&workspace(), &answers("x")).args(["--deltas", "go"])).finish(DEADLINE);
    finished.with_code(2);
}

#[test]
fn the_answer_is_also_written_to_a_file() {
    let workspace = workspace();
    let finished = run(&workspace, &answers("Forty-two."), &["-o", "answer.txt", "what is it?"]).with_code(0);
    assert_eq!(
        (finished.stdout.as_str(), workspace.read("answer.txt").as_str()),
        ("Forty-two.\n", "Forty-two.\n")
    );
}

#[test]
fn what_would_ask_is_denied_and_never_waits() {
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "git push --force origin main"})))
        .turn(Turn::text("I could not push."));
    let server = ModelServer::start(script);
    let workspace = workspace().with_failing_test();
    let finished = run(&workspace, &server, &["--json", "push"]);
    assert_eq!(finished.records_of("approval_given")[0]["by"], "nobody");
    assert_eq!(finished.records_of("turn_ended")[0]["denied"], 1);
}

#[test]
fn s2_sigterm_leaves_a_final_record_and_code_143() {
    ends_on_signal(Signal::TERM, "terminated", 143);
}

#[test]
fn s2_sigint_leaves_a_final_record_and_code_130() {
    ends_on_signal(Signal::INT, "interrupted", 130);
}

fn ends_on_signal(signal: Signal, reason: &str, code: i32) {
    let (workspace, gate) = (workspace(), Gate::new());
    let server =
        ModelServer::start(Script::new().turn(Turn::text("one two three").deltas_of(4).hold_after(1, &gate)));
    let running = spawn(exec(&workspace, &server).args(["--json", "--deltas", "go"]));
    running.wait_for_stdout("the first delta", DEADLINE, |text| text.contains("\"type\":\"text\""));
    running.signal(signal);
    let finished = running.finish(DEADLINE).with_code(code);
    let mut records = finished.records();
    // Deltas have no number.
    records.retain(|line| line["seq"].is_u64());
    assert_keep_the_schema(&workspace, &records);
    let last = finished.records().pop().expect("records");
    assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!(reason)));
}

#[test]
fn failing_providers_are_told_in_one_sentence_with_a_next_step() {
    let table = [
        (Fault::Unauthorized, "headwater login"),
        (Fault::Html, "--base-url"),
        (Fault::QuotaExhausted, "quota is used up"),
        (Fault::BadRequest { message: "no such model".into() }, "no such model"),
    ];
    for (fault, expected) in table {
        let finished = run(&workspace(), &fails_with(fault.clone()), &["go"]).with_code(6);
        assert_eq!(finished.stdout, "", "{fault:?}");
        assert!(finished.stderr.contains(expected), "{fault:?}\n{}", finished.stderr);
        assert!(finished.stderr.contains("hint: "), "{fault:?}\n{}", finished.stderr);
    }
}

#[test]
fn a_server_that_is_not_there_is_code_6_with_a_final_record() {
    let url = refused_base_url();
    let workspace = workspace();
    let mut command = workspace.command();
    command.args([
        "exec",
        "--json",
        "--provider",
        "llamacpp",
        "-m",
        "x",
        "--base-url",
        &url,
        "-c",
        "network.attempts=1",
        "go",
    ]);
    let finished = spawn(&mut command).finish(DEADLINE).with_code(6);
    let last = finished.records().pop().expect("records");
    assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!("provider_failed")));
    assert_eq!(finished.records_of("failed")[0]["kind"], "unreachable");
}

#[test]
fn a_rate_limit_is_waited_out_and_told() {
    let wait = Some(Duration::from_secs(1));
    let script = Script::new()
        .turn(Turn::fault(Fault::RateLimited { retry_after: wait }))
        .turn(Turn::text("At last."));
    let server = ModelServer::start(script);
    let finished = run(&workspace(), &server, &["go"]).with_code(0);
    assert_eq!(finished.stdout, "At last.\n");
    assert!(finished.stderr.contains("limits the rate of requests"), "{}", finished.stderr);
    let requests = server.requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

#[test]
fn a_resumed_session_goes_on_and_old_records_are_not_told_again() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("First.")).turn(Turn::text("Second.")));
    let first = run(&workspace, &server, &["--json", "one"]).with_code(0);
    let session = first.records()[0]["session"].as_str().expect("an id").to_owned();
    let second = run(&workspace, &server, &["--json", "--resume", &session, "two"]).with_code(0);
    assert_eq!(second.records()[0]["type"], "session_resumed");
    assert_eq!(second.records().pop().expect("records")["text"], "Second.");
    let said = server.requests()[1].body.to_string();
    assert!(said.contains("one") && said.contains("First.") && said.contains("two"), "{said}");
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("word ".repeat(20_000)).deltas_of(5)));
    let binary = env!("CARGO_BIN_EXE_headwater");
    let script = format!(
        "\"{binary}\" exec --json --deltas --provider llamacpp -m x --base-url {} go | head -n 3",
        server.base_url()
    );
    let finished = spawn(workspace.sealed("sh").args(["-c", &script])).finish(DEADLINE).with_code(0);
    assert_eq!(finished.stdout.lines().count(), 3);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

#[test]
fn a_missing_key_names_the_variable_and_where_to_get_one() {
    let workspace = workspace();
    let mut command = workspace.command();
    let finished =
        spawn(command.args(["exec", "--provider", "deepseek", "go"])).finish(DEADLINE).with_code(6);
    for told in ["DEEPSEEK_API_KEY", "https://", "headwater login deepseek"] {
        assert!(finished.stderr.contains(told), "{told}\n{}", finished.stderr);
    }
}

#[test]
fn without_a_provider_it_says_how_to_choose_one() {
    let workspace = workspace();
    let mut command = workspace.command();
    command.env("DEEPSEEK_API_KEY", "sk-not-shown");
    let finished = spawn(command.args(["exec", "go"])).finish(DEADLINE).with_code(2);
    for told in ["no provider is chosen", "--provider deepseek", "--provider demo"] {
        assert!(finished.stderr.contains(told), "{told}\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("sk-not-shown"));
}

#[test]
fn the_key_is_sent_and_never_written_anywhere() {
    let (workspace, server) = (workspace(), answers("Done."));
    let mut command = workspace.command();
    command.env("OPENAI_API_KEY", "sk-very-secret").args(["exec", "--provider", "openai", "--base-url"]);
    let finished =
        spawn(command.args([&server.base_url(), "-m", "x", "--json", "go"])).finish(DEADLINE).with_code(0);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer sk-very-secret"));
    let search =
        spawn(workspace.sealed("grep").args(["-r", "sk-very-secret", "."]).current_dir(workspace.home()));
    search.finish(DEADLINE).with_code(1);
    assert!(!finished.stdout.contains("sk-very-secret") && !finished.stderr.contains("sk-very-secret"));
}

#[test]
fn the_demo_does_its_job_offline_and_leaves_nothing_behind() {
    let finished = workspace().run(["exec", "--provider", "demo", "--json"]).with_code(0);
    let results = finished.records_of("tool_returned");
    let tests: Vec<&Value> = results.iter().filter(|result| result["name"] == "shell").collect();
    let (first, last) = (tests.first().expect("a failing test"), tests.last().expect("a passing test"));
    assert_eq!((&first["is_error"], &last["is_error"]), (&json!(true), &json!(false)), "{results:?}");
    let place = finished
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("demo: a repository in "))
        .expect("its place");
    let place = place.split(", removed").next().expect("a path");
    assert!(!std::path::Path::new(place).exists(), "{place}");
}

#[test]
fn a_run_of_many_requests_needs_one_connection() {
    let script = Script::responder(|index, _| match index {
        0..6 => Turn::text("").call("list", json!({"path": ".", "depth": index + 1})),
        _ => Turn::text("Done."),
    });
    let server = ModelServer::start(script);
    run(&workspace(), &server, &["go"]).with_code(0);
    assert_eq!(server.requests().len(), 7);
    assert_eq!(server.connections(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn records_that_find_no_room_are_an_error_and_not_a_signal() {
    let (workspace, server) = (workspace(), answers("Hello."));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let mut command = exec(&workspace, &server);
    command.args(["--json", "hi"]).stdin(std::process::Stdio::null()).stdout(full);
    let finished = command.output().expect("it runs");
    let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
    assert_eq!(finished.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot be written to standard output"), "{stderr}");
}

#[test]
fn a_log_without_records_is_not_verified() {
    let workspace = workspace();
    workspace.file("empty.jsonl", "");
    let finished = workspace.run(["replay", "empty.jsonl", "--verify"]).with_code(1);
    assert!(finished.stdout.contains("there is no record"), "{}", finished.stdout);
}

#[test]
fn an_answer_with_nowhere_to_go_is_said_before_the_work() {
    let server = answers("Never asked.");
    let finished = run(&workspace(), &server, &["-o", "no/such/directory/answer.md", "hi"]).with_code(2);
    assert!(finished.stderr.contains("Name a file in a directory that exists"), "{}", finished.stderr);
    assert!(server.requests().is_empty());
}

#[test]
fn an_empty_id_removes_no_session() {
    let workspace = workspace();
    run(&workspace, &answers("Hello."), &["hi"]).with_code(0);
    workspace.run(["sessions", "remove", ""]).with_code(2);
    assert!(workspace.run(["sessions", "list"]).with_code(0).stdout.contains("hi"));
}

#[test]
fn a_warning_reaches_the_person_with_json_too() {
    let workspace = workspace();
    workspace.file("AGENTS.md", "é".repeat(40_000));
    for arguments in [&["go"][..], &["--json", "go"], &["--json", "--deltas", "go"]] {
        let finished = run(&workspace, &answers("Hi."), arguments).with_code(0);
        assert!(finished.stderr.contains("AGENTS.md is 80000 bytes"), "{arguments:?}: {}", finished.stderr);
    }
}

#[test]
fn a_reader_that_stops_reading_holds_up_no_signal() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("word ".repeat(20_000)).deltas_of(5)));
    let mut command = exec(&workspace, &server);
    command.args(["--json", "--deltas", "go"]).stdin(Stdio::null()).stderr(Stdio::null());
    let child = RefCell::new(command.stdout(Stdio::piped()).spawn().expect("it runs"));
    let unread = child.borrow_mut().stdout.take().expect("a pipe");
    let before = Cell::new(0);
    let is_full = || {
        let waiting = rustix::io::ioctl_fionread(&unread).expect("a pipe can be asked");
        waiting > 60_000 && before.replace(waiting) == waiting
    };
    support::wait_until("the pipe to be full", is_full);
    let pid = i32::try_from(child.borrow().id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::TERM).expect("it is there");
    support::wait_until("its end", || child.borrow_mut().try_wait().expect("its state").is_some());
    assert_eq!(child.borrow_mut().wait().expect("its state").code(), Some(143));
}

#[test]
fn a_key_whose_variable_the_settings_name_is_in_no_command() {
    let workspace = workspace();
    let env = "env; tr '\\0' '\\n' </proc/self/environ";
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("Look.").call("shell", json!({"command": env})))
            .turn(Turn::text("Looked.")),
    );
    let vendor =
        format!("wire = \"openai-chat\"\nbase_url = \"{}\"\nkey_env = \"MY_HOUSE\"", server.base_url());
    workspace.home_file("config.toml", format!("[providers.house]\n{vendor}\n"));
    let run = |arguments: &[&str]| {
        let mut command = workspace.command();
        command.env("MY_HOUSE", "xyzzy").env("MY_GARDEN", "plugh").args(arguments);
        spawn(&mut command).finish(DEADLINE).with_code(0)
    };
    run(&["exec", "--mode", "yolo", "--provider", "house", "--model", "scripted", "go"]);
    let seen = server.requests()[1].last_text("tool").expect("a result");
    assert!(seen.contains("MY_GARDEN=plugh") && !seen.contains("MY_HOUSE"), "{seen}");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer xyzzy"));
    let tried = run(&["sandbox", "--profile", "unconfined", "--", "env"]);
    assert!(tried.stdout.contains("MY_GARDEN") && !tried.stdout.contains("MY_HOUSE"), "{}", tried.stdout);
}
