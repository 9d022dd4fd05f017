//! What leaves a session: secrets reach no log, no screen and no model; `.env` is read after a yes; after foreign text
//! the network asks; tools see no credentials of ours.

use std::path::Path;
use std::process::Command;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _, exec, workspace};

mod own_environment;

/// The secret of these tests, in a variable that no command gets.
const NAME: &str = "DEPLOY_TOKEN";
const SECRET: &str = "hv9Q2mZ-x81kLwQ7";
const MARK: &str = "[redacted: DEPLOY_TOKEN]";

/// `exec` with the secret in its environment.
fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).env(NAME, SECRET).args(arguments)).finish(DEADLINE)
}

/// The files below a directory that hold `text`.
fn holding(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).expect("a directory").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| contains(&bytes, text.as_bytes())) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Nothing of a run holds the secret: not its state, not what it printed, not what the model was sent.
#[track_caller]
fn expect_nowhere(secret: &str, workspace: &Workspace, server: &ModelServer, finished: &Finished) {
    assert_eq!(holding(&workspace.headwater_home(), secret), Vec::<String>::new());
    for (what, text) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
        assert!(!text.contains(secret), "{what}: {text}");
    }
    for request in server.requests() {
        assert!(!contains(&request.raw, secret.as_bytes()), "{}", request.body);
    }
}

/// The only session of a workspace.
fn session(workspace: &Workspace) -> String {
    let sessions = support::sessions_directory(workspace);
    let names = std::fs::read_dir(sessions).expect("sessions").map(|entry| entry.expect("an entry").path());
    let first = names.filter(|path| path.join("transcript.jsonl").exists()).min().expect("a session");
    first.file_name().expect("an id").to_string_lossy().into_owned()
}

fn transcript(workspace: &Workspace) -> String {
    let log = support::sessions_directory(workspace).join(session(workspace)).join("transcript.jsonl");
    std::fs::read_to_string(log).expect("a log")
}

#[test]
fn p5_a_secret_that_a_tool_finds_reaches_no_log_no_output_and_no_model() {
    let (workspace, long) = (workspace(), format!("{}\n", "x".repeat(90)).repeat(3_000));
    workspace
        .file("notes.txt", format!("token = \"{SECRET}\"\n"))
        .file("wrapped.txt", format!("{}\n{}\n", &SECRET[..9], &SECRET[9..]))
        .file("long.txt", format!("{long}{SECRET}\n{long}"));
    let script = Script::new()
        .turn(Turn::text("").call("read", json!({"path": "notes.txt"})))
        .turn(Turn::text("").call("grep", json!({"pattern": "token"})))
        .turn(
            Turn::text("").call("shell", json!({"command": "cat notes.txt wrapped.txt; base64 < notes.txt"})),
        )
        .turn(Turn::text("").call("shell", json!({"command": "cat long.txt"})))
        .turn(Turn::text("Seen."));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--json", "look around"]).with_code(0);
    expect_nowhere(SECRET, &workspace, &server, &finished);
    assert!(!holding(&workspace.headwater_home(), "x81kLwQ7").iter().any(|path| path.contains("transcript")));
    let results = finished.records_of("tool_returned");
    for result in &results[..3] {
        assert!(result["text"].as_str().is_some_and(|text| text.contains(MARK)), "{result}");
    }
    let blobs = holding(&workspace.headwater_home(), MARK);
    assert!(
        blobs.iter().any(|path| path.contains("/blobs/")),
        "the stored output was redacted before: {blobs:?}"
    );
}

#[test]
fn p5_arguments_run_as_the_model_wrote_them_and_are_kept_without_secrets() {
    let workspace = workspace();
    let script = Script::new()
        .turn(Turn::text("").call(
            "shell",
            json!({"command": format!("printf '%s' '{SECRET}' | wc -c; printf '{SECRET}' > kept")}),
        ))
        .turn(Turn::text("").call("write", json!({"path": "made", "content": format!("it is {SECRET}\n")})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--json", "go"]).with_code(0);
    assert_eq!(workspace.read("kept"), SECRET, "the call ran with its real input");
    assert_eq!(workspace.read("made"), format!("it is {SECRET}\n"));
    let called = finished.records_of("tool_called");
    assert!(
        called[0]["input"]["command"].as_str().is_some_and(|command| command.contains(MARK)),
        "{called:?}"
    );
    assert!(
        called[1]["input"]["content"].as_str().is_some_and(|content| content.contains(MARK)),
        "{called:?}"
    );
    let first = finished.records_of("tool_returned").remove(0);
    assert!(first["text"].as_str().is_some_and(|text| text.contains("16")), "{first}");
    expect_nowhere(SECRET, &workspace, &server, &finished);
}

#[test]
fn p5_a_secret_in_the_answer_is_gone_from_stdout_the_file_and_the_export() {
    let workspace = workspace();
    let thinking = format!("I remember {SECRET} well.");
    let turn = Turn::text(format!("The token is {SECRET}, keep it.")).thinking(thinking).deltas_of(3);
    let server = ModelServer::start(Script::new().turn(turn).repeat_last());
    let out = workspace.path().join("answer.txt");
    let out_text = out.to_string_lossy().into_owned();
    let finished = run(&workspace, &server, &["-o", &out_text, "say it"]).with_code(0);
    let answer = format!("The token is {MARK}, keep it.");
    assert_eq!(finished.stdout.trim_end(), answer);
    assert_eq!(std::fs::read_to_string(&out).expect("the answer").trim_end(), answer);
    expect_nowhere(SECRET, &workspace, &server, &finished);
    assert!(transcript(&workspace).contains(&format!("I remember {MARK} well.")));
    let id = session(&workspace);
    let exported = workspace.run(["sessions", "export", &id]).with_code(0);
    assert!(exported.stdout.contains(MARK) && !exported.stdout.contains(SECRET), "{}", exported.stdout);
}

#[test]
fn p5_known_shapes_of_tokens_are_secrets_without_being_known() {
    let workspace = workspace();
    let token = ["gh", "p_0123456789abcdefghij0123456789abcdef"].concat();
    workspace.file("config.txt", format!("password = {token}\n"));
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "cat config.txt"})))
        .turn(Turn::text(format!("Use {token}.")).deltas_of(5));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--json", "go"]).with_code(0);
    expect_nowhere(&token, &workspace, &server, &finished);
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "Use [redacted: github token].");
}

#[test]
fn p5_a_secret_of_the_person_reaches_neither_log_nor_model_and_they_are_told() {
    let (workspace, server) = (workspace(), ModelServer::start(Script::new().turn(Turn::text("ok"))));
    let finished = run(&workspace, &server, &["--json", &format!("use {SECRET} to log in")]).with_code(0);
    expect_nowhere(SECRET, &workspace, &server, &finished);
    let said = server.requests()[0].last_text("user").expect("a message");
    assert!(said.contains(&format!("use {MARK} to log in")), "{said}");
    assert!(finished.stderr.contains("Your message held a secret"), "{}", finished.stderr);
}

#[test]
fn p5_a_replay_makes_the_same_requests_from_the_redacted_log() {
    let workspace = workspace();
    workspace.file("notes.txt", format!("token = {SECRET}\n"));
    let script = Script::new()
        .turn(
            Turn::text(format!("I look for {SECRET}."))
                .call("shell", json!({"command": format!("grep {SECRET} notes.txt")})),
        )
        .turn(Turn::text(format!("It is {SECRET}.")));
    let server = ModelServer::start(script);
    run(&workspace, &server, &["go"]).with_code(0);
    let id = session(&workspace);
    workspace.run(["replay", &id, "--verify"]).with_code(0);
}

#[test]
fn p5_redaction_can_be_turned_off_and_patterns_added() {
    let (workspace, server) = (
        workspace(),
        ModelServer::start(
            Script::new().turn(Turn::text(format!("It is {SECRET} of ACME-123456."))).repeat_last(),
        ),
    );
    let finished = run(&workspace, &server, &["-c", "output.redact=false", "go"]).with_code(0);
    assert_eq!(finished.stdout, format!("It is {SECRET} of ACME-123456.\n"));
    let finished =
        run(&workspace, &server, &["-c", "output.secret_patterns=[\"ACME-[0-9]+\"]", "go"]).with_code(0);
    assert_eq!(finished.stdout, format!("It is {MARK} of [redacted: a pattern of the settings].\n"));
    let finished = run(&workspace, &server, &["-c", "output.secret_patterns=[\"(\"]", "go"]).with_code(2);
    assert!(finished.stderr.contains("output.secret_patterns"), "{}", finished.stderr);
    // A project adds patterns and turns nothing off.
    let project = "[output]\nredact = false\n";
    workspace.file(".headwater/config.toml", project);
    let finished = run(&workspace, &server, &["go"]);
    assert!(!finished.stdout.contains(SECRET), "{}", finished.stdout);
}

#[test]
fn p5_the_screen_shows_no_secret_while_it_streams_or_runs() {
    let workspace = workspace();
    workspace.file("notes.txt", format!("token = {SECRET}\n"));
    let script = Script::new()
        .turn(Turn::text("").call(
            "shell",
            json!({"command": "cat notes.txt; printf 'hv9Q2mZ-'; sleep 0.1; printf 'x81kLwQ7 live\\n'"}),
        ))
        .turn(Turn::text(format!("It was {SECRET}, all of it.")).deltas_of(4));
    let server = ModelServer::start(script);
    let mut command: Command = support::screen(&workspace, &server);
    let terminal = Terminal::start(command.env(NAME, SECRET), 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.play("=== keys\n!cat notes.txt<Enter>\n=== screen\n[redacted: DEPLOY_TOKEN]");
    terminal.play("=== keys\ngo<Enter>\n=== screen\nIt was [redacted: DEPLOY_TOKEN], all of it.");
    terminal.play("=== keys\n<C-d>");
    let raw = terminal.wait_exit();
    drop(raw);
    assert_eq!(holding(&workspace.headwater_home(), SECRET), Vec::<String>::new());
    for request in server.requests() {
        assert!(!contains(&request.raw, SECRET.as_bytes()), "{}", request.body);
    }
}

#[test]
fn p5_what_was_typed_is_kept_in_the_history_without_secrets() {
    let (workspace, server) =
        (workspace(), ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last()));
    let mut command: Command = support::screen(&workspace, &server);
    let terminal = Terminal::start(command.env(NAME, SECRET), 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.play(&format!("=== keys\nlog in with {SECRET}<Enter>\n=== screen\nDone."));
    terminal.wait_for_text("Your message held a secret");
    support::wait_until("the history", || !holding(&workspace.headwater_home(), "log in with").is_empty());
    terminal.play("=== keys\n<C-d>");
    terminal.wait_exit();
    assert_eq!(holding(&workspace.headwater_home(), SECRET), Vec::<String>::new());
}

#[test]
fn p5_children_of_a_recursive_completion_are_sent_no_secret() {
    let workspace = workspace();
    let filler = "a line of a log that says nothing at all\n".repeat(400);
    workspace.file("log.txt", format!("{filler}token {SECRET} was used\n{filler}"));
    let script = Script::responder(|_, request| {
        let body = request.body.to_string();
        if body.contains("was used") && !body.contains("```") {
            Turn::text("yes")
        } else if body.contains("found:") {
            Turn::text("```repl\nFINAL(\"done\")\n```")
        } else {
            Turn::text(
                "```repl\nhits = grep(\"token\")\nprint(\"found:\", hits)\nprint(ask(\"Which token was used?\", context))\n```",
            )
        }
    });
    let server = ModelServer::start(script);
    let mut command = workspace.command();
    command.env(NAME, SECRET).args(["rlm", "--json", "--context", "log.txt"]);
    support::point_at(&mut command, &server);
    let finished = spawn(command.arg("Which token was used?")).finish(DEADLINE);
    let has_mark = |request: &Recorded| contains(&request.raw, MARK.as_bytes());
    assert!(server.requests().iter().any(has_mark), "a child was handed the line: {}", finished.stderr);
    for request in server.requests() {
        assert!(!contains(&request.raw, SECRET.as_bytes()), "{}", request.body);
    }
    assert!(!finished.stdout.contains(SECRET) && !finished.stderr.contains(SECRET));
    let logs = holding(&support::sessions_directory(&workspace), SECRET);
    assert!(!logs.iter().any(|path| path.ends_with("transcript.jsonl")), "{logs:?}");
}

#[test]
fn p5_reading_an_environment_file_is_denied_where_nobody_can_say_yes() {
    for mode in ["agent", "yolo", "plan"] {
        let workspace = workspace();
        workspace.file(".env", "PASSWORD=swordfish-9\n").file(".env.example", "PASSWORD=\n");
        let script = Script::new()
            .turn(Turn::text("").call("read", json!({"path": ".env"})))
            .turn(Turn::text("").call("shell", json!({"command": "cat .env"})))
            .turn(Turn::text("").call("grep", json!({"pattern": "PASSWORD"})))
            .turn(Turn::text("").call("shell", json!({"command": "sh -c '. ./.env; echo $PASSWORD'"})))
            .turn(Turn::text("").call("read", json!({"path": ".env.example"})))
            .turn(Turn::text("Done."));
        let server = ModelServer::start(script);
        let finished = run(&workspace, &server, &["--mode", mode, "--json", "go"]);
        let results = finished.records_of("tool_returned");
        let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
        assert_eq!(statuses, ["denied", "denied", "ran", "denied", "ran"], "{mode}: {results:?}");
        assert!(
            results[0]["text"].as_str().is_some_and(|text| text.contains(".env holds secrets")),
            "{results:?}"
        );
        for request in server.requests() {
            assert!(!contains(&request.raw, b"swordfish-9"), "{mode}: {}", request.body);
        }
    }
}

#[test]
fn p5_a_link_made_to_an_environment_file_opens_it_to_no_tool() {
    let workspace = workspace();
    // The command does not name the file, so it is let make the link.
    let link = "mkdir d; ln -s \"$(echo .en)v\" plain; ln -s .. d/up";
    workspace.file(".env", "PASSWORD=swordfish-9\n");
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": link})))
        .turn(Turn::text("").call("read", json!({"path": "plain"})))
        .turn(Turn::text("").call("read", json!({"path": "d/up/plain"})))
        .turn(Turn::text("").call("grep", json!({"pattern": "PASSWORD", "path": "plain"})))
        .turn(Turn::text("Seen."));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--mode", "yolo", "--json", "go"]);
    let results = finished.records_of("tool_returned");
    let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
    assert_eq!(statuses, ["ran", "denied", "denied", "denied"], "{results:?}");
    for request in server.requests() {
        assert!(!contains(&request.raw, b"swordfish-9"), "{}", request.body);
    }
}

#[test]
fn s3_a_search_finds_nothing_in_files_that_a_rule_withholds() {
    let workspace = workspace();
    workspace.file("private/a.txt", "swordfish-9\n").file("open.txt", "not swordfish-8\n");
    workspace.home_file("config.toml", "[permissions]\ndeny = [\"Read(private/**)\"]\n");
    let script = Script::new()
        .turn(Turn::text("").call("grep", json!({"pattern": "swordfish"})))
        .turn(Turn::text("").call("grep", json!({"pattern": "swordfish", "path": "."})))
        .turn(Turn::text("Seen."));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--json", "go"]);
    for result in finished.records_of("tool_returned") {
        let text = result["text"].as_str().expect("a text");
        assert!(text.contains("swordfish-8") && !text.contains("swordfish-9"), "{text}");
    }
}

#[test]
fn p5_after_a_yes_an_environment_file_is_read_and_the_rule_holds() {
    let workspace = workspace();
    workspace.file(".env", "PASSWORD=swordfish-9\n");
    let script = Script::new()
        .turn(Turn::text("").call("read", json!({"path": ".env"})))
        .turn(Turn::text("").call("shell", json!({"command": "cat .env"})))
        .turn(Turn::text("Read."));
    let server = ModelServer::start(script);
    let terminal = support::open(&workspace, &server);
    terminal.play("=== keys\ngo<Enter>\n=== screen\nAPPROVE?\nwhy     .env holds secrets\n[y] once");
    terminal.play("=== keys\ns\n=== screen\n◆ allowed for this session\nRead.");
    let told: Vec<String> =
        server.requests().iter().filter_map(|request| request.last_text("tool")).collect();
    assert!(told.len() == 2 && told.iter().all(|text| text.contains("PASSWORD=swordfish-9")), "{told:?}");
}

/// A command that reaches the network: it asks the model server itself.
fn reaching(request: &Recorded, path: &str) -> Value {
    json!({"command": format!("curl -s http://{}/v1/{path}", request.header("host").expect("a host"))})
}

#[test]
fn p5_after_foreign_text_the_network_asks_in_yolo_and_against_a_rule() {
    for arguments in [&["--mode", "yolo"][..], &["-c", "permissions.allow=[\"Bash(curl *)\"]"]] {
        let workspace = workspace();
        let server = ModelServer::start(Script::responder(|index, request| match index {
            0 => Turn::text("").call("shell", reaching(request, "first")),
            1 => Turn::text("").call("shell", json!({"command": "echo local > made"})),
            2 => Turn::text("").call("shell", reaching(request, "second")),
            _ => Turn::text("Done."),
        }));
        let finished = run(&workspace, &server, &[arguments, &["--json", "go"]].concat());
        let results = finished.records_of("tool_returned");
        let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
        assert_eq!(statuses, ["ran", "ran", "denied"], "{results:?}");
        assert!(workspace.has("made"), "what needs no network runs");
        let asked = finished.records_of("approval_requested").pop().expect("a question");
        let why = asked["why"].as_str().expect("a reason");
        assert!(why.contains("this session has read the output of `curl"), "{why}");
        let paths: Vec<String> = server.other_requests().into_iter().map(|request| request.path).collect();
        assert!(
            paths.iter().any(|path| path.contains("first"))
                && !paths.iter().any(|path| path.contains("second"))
        );
        let allowed = finished.records_of("call_allowed");
        assert_eq!(allowed.len(), 1, "what reached the network is on record: {allowed:?}");
    }
}

#[test]
fn p5_a_command_finds_no_environment_file_in_passing_where_the_sandbox_can_hide_it() {
    let workspace = workspace();
    workspace.file(".env", "PASSWORD=swordfish-9\n").file("app.sh", ". ./.env; echo \"it is $PASSWORD\"\n");
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "grep -r PASSWORD .; echo searched"})))
        .turn(Turn::text("").call("shell", json!({"command": "sh app.sh; echo ended"})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    let finished = run(&workspace, &server, &["--json", "go"]).with_code(0);
    let doctor = workspace.run(["doctor", "--json"]);
    if !doctor.stdout.contains("namespaces") && !doctor.stdout.contains("bubblewrap") {
        return support::left_out("files that a command must not find: nothing here can hide them");
    }
    let results = finished.records_of("tool_returned");
    assert!(results[0]["text"].as_str().is_some_and(|text| text.contains("searched")), "{results:?}");
    assert!(results[1]["text"].as_str().is_some_and(|text| text.contains("ended")), "{results:?}");
    for request in server.requests() {
        assert!(!contains(&request.raw, b"swordfish-9"), "{}", request.body);
    }
    // With a rule of the person the program finds what it needs.
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "sh app.sh"})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    let shared = ["-c", "permissions.allow=[\"Read(./.env)\"]", "--json", "go"];
    let finished = run(&workspace, &server, &shared).with_code(0);
    let result = finished.records_of("tool_returned").remove(0);
    assert!(result["text"].as_str().is_some_and(|text| text.contains("it is swordfish-9")), "{result}");
}

#[test]
fn p5_the_screen_says_that_foreign_text_was_read() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(|index, request| match index {
        0 => Turn::text("").call("shell", reaching(request, "first")),
        1 => Turn::text("Looked."),
        2 => Turn::text("").call("shell", reaching(request, "second")),
        _ => Turn::text("Looked again."),
    }));
    let terminal = support::open_with(&workspace, &server, &["--mode", "yolo"]);
    terminal.play("=== keys\nlook<Enter>\n=== screen\nLooked.");
    terminal.play(
        "=== keys\n/permissions<Enter>\n=== screen\nevery call that reaches the network, since the output of",
    );
    terminal.play(
        "=== keys\n<Esc>again<Enter>\n=== screen\nAPPROVE?\nthis session has read the output of\n[y] once",
    );
    terminal.play("=== keys\ny\n=== screen\nLooked again.");
}

#[test]
fn p5_traces_hold_no_secret_with_all_their_texts() {
    let workspace = workspace();
    let collector = headwater_testkit::Collector::start(headwater_testkit::Conduct::Takes);
    workspace.file("notes.txt", format!("token = {SECRET}\n"));
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": format!("grep {SECRET} notes.txt")})))
        .turn(Turn::text(format!("It is {SECRET}.")));
    let server = ModelServer::start(script);
    let mut command = exec(&workspace, &server);
    command.args(["-c", "telemetry.enabled=true", "-c", "telemetry.content=true", &format!("use {SECRET}")]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).env(NAME, SECRET);
    spawn(&mut command).finish(DEADLINE).with_code(0);
    let texts: Vec<String> = collector
        .spans()
        .iter()
        .flat_map(|span| span.attributes.values().map(Value::to_string).collect::<Vec<_>>())
        .collect();
    assert!(texts.iter().any(|text| text.contains(MARK)), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains(SECRET)), "{texts:?}");
}

#[test]
fn complaint_30_printed_environments_and_env_files_leave_no_secret_in_the_transcript() {
    for mode in ["plan", "agent", "yolo"] {
        let workspace = workspace();
        workspace.file(".env", "DB_PASSWORD=swordfish-9\n");
        let look = "printenv; env; export -p; cat /proc/self/environ /proc/$PPID/environ; grep -r DB_ . ; echo ended";
        let script = Script::new()
            .turn(Turn::text("").call("shell", json!({"command": "printenv"})))
            .turn(Turn::text("").call("shell", json!({"command": look})))
            .turn(Turn::text("").call("grep", json!({"pattern": "PASSWORD", "path": ".env"})))
            .turn(Turn::text("Done."));
        let server = ModelServer::start(script);
        let finished = run(&workspace, &server, &["--mode", mode, "go"]);
        expect_nowhere(SECRET, &workspace, &server, &finished);
        assert_eq!(
            holding(&support::sessions_directory(&workspace), "swordfish-9"),
            Vec::<String>::new(),
            "{mode}"
        );
        assert!(!transcript(&workspace).contains(NAME), "{mode}: not even the name of what no command has");
    }
}
