//! Servers that keep the conversation (HARNESS M1): only what is new is sent, and the log stays the truth.

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Fault, Gate, ModelServer, Recorded, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, session_of, sessions_directory, workspace};

const KEEPING: [&str; 2] = ["append", "opaque"];

/// The settings under which the scripted server takes part in this way.
fn settings(server: &ModelServer, state: &str) -> Vec<String> {
    let base_url = format!("providers.kept.base_url={}", server.base_url());
    let state = format!("providers.kept.state={state}");
    let given = ["providers.kept.wire=openai-responses", &base_url, &state, "models.scripted.window=65536"];
    let given = given.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]);
    ["--provider", "kept", "--model", "scripted"].map(str::to_owned).into_iter().chain(given).collect()
}

fn run(workspace: &Workspace, server: &ModelServer, state: &str, arguments: &[&str]) -> Finished {
    let mut command = workspace.command();
    command.arg("exec").args(settings(server, state)).arg("--json").args(arguments);
    spawn(&mut command).finish(DEADLINE)
}

fn session(finished: &Finished) -> String {
    session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
}

fn resume(workspace: &Workspace, server: &ModelServer, state: &str, arguments: &[&str]) -> Finished {
    run(workspace, server, state, &[&["--resume"], arguments].concat())
}

fn replays(workspace: &Workspace, session: &str) {
    workspace.run(["replay", session, "--verify"]).with_code(0);
}

/// How many items each request held.
fn sent(server: &ModelServer) -> Vec<usize> {
    server.requests().iter().map(|request| request.input().len()).collect()
}

/// Reads a file, says so, and answers what else is asked with its number.
fn reader() -> Script {
    Script::responder(|index, request| {
        let is_result = request.input().last().is_some_and(|item| item["type"] == "function_call_output");
        if index == 0 {
            return Turn::text("I read it.").call("read", json!({"path": "a.txt"}));
        }
        Turn::text(if is_result { "It says hello.".to_owned() } else { format!("Answer {index}.") })
    })
}

fn with_file() -> Workspace {
    let workspace = workspace();
    workspace.file("a.txt", "hello\n");
    workspace
}

#[test]
fn m1_a_session_goes_on_over_each_adapter_in_another_process_and_replays() {
    for (state, expected) in [("stateless", [1, 4, 6]), ("append", [1, 1, 1]), ("opaque", [1, 1, 1])] {
        let (workspace, server) = (with_file(), ModelServer::start(reader()));
        let first = run(&workspace, &server, state, &["read a.txt"]).with_code(0);
        let session = session(&first);
        let second = resume(&workspace, &server, state, &[&session, "and now?"]).with_code(0);
        assert_eq!(second.records_of("turn_ended").last().expect("it is there")["text"], "Answer 2.");
        assert_eq!(sent(&server), expected, "{state}");
        let kept = [first.records_of("conversation_kept"), second.records_of("conversation_kept")].concat();
        assert_eq!(kept.len(), if state == "stateless" { 0 } else { 3 }, "{state}: {kept:?}");
        replays(&workspace, &session);
    }
}

#[test]
fn m1_a_server_that_lost_everything_is_told_everything_and_the_person_sees_no_error() {
    for state in KEEPING {
        let (workspace, server) = (with_file(), ModelServer::start(reader()));
        let session = session(&run(&workspace, &server, state, &["read a.txt"]).with_code(0));
        server.forget();
        let on = resume(&workspace, &server, state, &[&session, "and now?"]).with_code(0);
        let resent = on.records_of("conversation_resent");
        assert_eq!((resent.len(), resent[0]["cause"].as_str()), (1, Some("unknown")), "{state}");
        assert!(on.records_of("failed").is_empty() && !on.stderr.contains("not found"), "{}", on.stderr);
        assert_eq!(sent(&server), [1, 1, 1, 6], "{state}: one refused, one whole");
        let more = resume(&workspace, &server, state, &[&session, "and then?"]).with_code(0);
        assert_eq!(
            (more.records_of("conversation_resent").len(), sent(&server).last().copied()),
            (0, Some(1))
        );
        replays(&workspace, &session);
    }
}

#[test]
fn m1_a_server_that_breaks_over_what_it_keeps_is_told_everything_once() {
    let workspace = with_file();
    let server = ModelServer::start(Script::responder(|index, request| {
        if request.body["previous_response_id"].is_string() {
            let body = r#"{"error":{"message":"an internal error","type":"server_error"}}"#.to_owned();
            return Turn::fault(Fault::Status { code: 500, headers: Vec::new(), body });
        }
        if index == 0 {
            Turn::text("I read it.").call("read", json!({"path": "a.txt"}))
        } else {
            Turn::text("It says hello.")
        }
    }));
    let quick = ["-c", "network.attempts=3", "-c", "network.backoff=0.05", "read a.txt"];
    let finished = run(&workspace, &server, "opaque", &quick).with_code(0);
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "It says hello.");
    let resent = finished.records_of("conversation_resent");
    assert_eq!((resent.len(), resent[0]["cause"].as_str()), (1, Some("unknown")), "{resent:?}");
    assert_eq!(sent(&server), [1, 1, 1, 4], "two that it broke over, one whole");
    replays(&workspace, &session(&finished));
}

#[test]
fn m1_m4_a_fork_has_a_conversation_of_its_own_and_the_first_session_keeps_its_own() {
    for state in KEEPING {
        let (workspace, server) = (with_file(), ModelServer::start(reader()));
        let session_a = session(&run(&workspace, &server, state, &["read a.txt"]).with_code(0));
        let fork = resume(&workspace, &server, state, &[&session_a, "--fork", "the fork"]).with_code(0);
        let session_b = session(&fork);
        assert_ne!(session_a, session_b);
        resume(&workspace, &server, state, &[&session_a, "the first"]).with_code(0);
        resume(&workspace, &server, state, &[&session_b, "the fork again"]).with_code(0);
        assert_eq!(sent(&server), [1, 1, 6, 1, 1], "{state}: the fork's first request was whole");
        // Neither ever shows the server what only the other said.
        let is_mixed = |items: &Vec<Value>| {
            let text = Value::from(items.clone()).to_string();
            text.contains("the first") && text.contains("the fork")
        };
        assert!(!server.kept().values().any(is_mixed), "{state}");
        replays(&workspace, &session_a);
        replays(&workspace, &session_b);
    }
}

/// One call after another, each with a long result; summaries are no calls.
fn long_results() -> Script {
    Script::responder(|index, request| {
        let asks = request.input().last().is_some_and(|item| item.to_string().contains("## Open questions"));
        if asks {
            return Turn::text("## Goal\nCount.\n\n## Facts\nCounted.\n\n## Open todos\nGo on.");
        }
        if index > 14 {
            return Turn::text("Counted.");
        }
        Turn::text("").call("shell", json!({"command": format!("seq {index} 3000")}))
    })
}

#[test]
fn m1_an_edit_of_the_context_begins_a_conversation_afresh() {
    for state in KEEPING {
        let (workspace, server) = (workspace(), ModelServer::start(long_results()));
        let mut command = workspace.command();
        command.arg("exec").args(settings(&server, state)).args(["-c", "models.scripted.window=16384"]);
        let done = spawn(command.args(["--json", "count"])).finish(DEADLINE).with_code(0);
        let records = done.records();
        assert!(!done.records_of("context_edited").is_empty());
        assert!(done.records_of("conversation_resent").is_empty(), "{state}: nothing went wrong");
        // Behind each edit the next request is whole, and the one after that adds to it.
        let mut is_edited = true;
        for record in records {
            match record["type"].as_str().expect("it is there") {
                "context_edited" => is_edited = true,
                "conversation_kept" => {
                    let is_whole = record["kept"].as_u64().expect("it is there")
                        <= record["sent"].as_u64().expect("it is there") + 2;
                    assert_eq!(is_whole, is_edited, "{state}: {record}");
                    is_edited = false;
                }
                _ => {}
            }
        }
        replays(&workspace, &session(&done));
    }
}

#[test]
fn m1_m3_no_result_of_a_tool_reaches_a_server_that_keeps_it_longer_than_the_cap() {
    for state in KEEPING {
        let workspace = workspace();
        workspace.file("long.txt", "a line of a long file\n".repeat(40_000));
        let script = Script::new().turns([
            Turn::text("").call("shell", json!({"command": "cat long.txt"})),
            Turn::text("").call("read", json!({"path": "long.txt"})),
            Turn::text("Long."),
        ]);
        let server = ModelServer::start(script);
        run(&workspace, &server, state, &["read it"]).with_code(0);
        let items = server.kept().into_values().flatten().collect::<Vec<_>>();
        let results = items.iter().filter(|item| item["type"] == "function_call_output").collect::<Vec<_>>();
        assert!(results.len() >= 2, "{state}");
        for result in results {
            let bytes = result["output"].as_str().expect("it is there").len();
            assert!(bytes < 64 * 1024, "{state}: {bytes} bytes");
        }
    }
}

/// The text of a request's last message.
fn last_words(request: &Recorded) -> String {
    request.input().last().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn m1_a_process_that_died_while_it_asked_begins_afresh_and_nothing_is_said_twice() {
    for state in KEEPING {
        let workspace = workspace();
        let gate = Gate::new();
        let held = gate.clone();
        let server = ModelServer::start(Script::responder(move |index, _| {
            let turn = Turn::text(format!("Answer {index} of the model."));
            if index == 1 { turn.deltas_of(4).hold_after(1, &held) } else { turn }
        }));
        let session = session(&run(&workspace, &server, state, &["one"]).with_code(0));
        let mut command = workspace.command();
        command.arg("exec").args(settings(&server, state)).args(["--json", "--resume", &session, "two"]);
        let running = spawn(&mut command);
        server.wait_for_requests(2, DEADLINE);
        running.signal_group(Signal::KILL);
        drop(running);
        gate.open();
        resume(&workspace, &server, state, &[&session, "three"]).with_code(0);
        let last = server.requests().pop().expect("it is there");
        assert!(last_words(&last).contains("three"));
        assert!(last.input().len() > 2, "{state}: it was whole");
        let shown = server.kept().into_values().max_by_key(Vec::len).expect("it is there");
        let twos = shown.iter().filter(|item| item.to_string().contains("\"two\"")).count();
        assert_eq!(twos, 1, "{state}: {shown:?}");
        replays(&workspace, &session);
    }
}

/// The record of the second message in the only session of this workspace.
fn second_message(workspace: &Workspace) -> u64 {
    let mut sessions = std::fs::read_dir(sessions_directory(workspace)).expect("it is there");
    let log = sessions.next().expect("it is there").expect("it is there").path().join("transcript.jsonl");
    let log = std::fs::read_to_string(log).expect("it is there");
    let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter(|record| record["type"] == "user_message").nth(1).expect("it is there")["seq"]
        .as_u64()
        .expect("it is there")
}

#[test]
fn m1_a_rewind_begins_afresh_and_the_screen_tells_what_is_kept() {
    for state in KEEPING {
        let (workspace, server) = (
            workspace(),
            ModelServer::start(Script::responder(|index, _| Turn::text(format!("Answer {index}.")))),
        );
        let mut command = workspace.command();
        command.args(settings(&server, state));
        let terminal = Terminal::start(&command, 100, 40);
        terminal.wait_for_text("What is to be done?");
        terminal.keys("one<Enter>").wait_for_text("Answer 0.");
        terminal.keys("two<Enter>").wait_for_text("Answer 1.");
        terminal.keys("/context<Enter>").wait_for_text(&format!("kept at the server ({state}): 4 items"));
        terminal.keys("<Esc>").wait_gone("kept at the server");
        let second = second_message(&workspace);
        terminal.keys(&format!("/rewind {second} conversation<Enter>")).wait_gone("Answer 1.");
        terminal.keys("<C-u>other<Enter>").wait_for_text("Answer 2.");
        assert_eq!(sent(&server), [1, 1, 3], "{state}");
        terminal.keys("<C-u>/quit<Enter>").wait_exit();
    }
}

#[test]
fn m1_only_the_person_can_leave_conversations_to_a_server() {
    let workspace = workspace();
    let server = ModelServer::start(reader());
    let mut command = workspace.command();
    command.args(["exec", "-c", "providers.kept.state=opaque", "-c"]);
    command.arg(format!("providers.kept.base_url={}", server.base_url())).args([
        "--provider",
        "kept",
        "-m",
        "m",
        "hi",
    ]);
    let refused = spawn(&mut command).finish(DEADLINE).with_code(2);
    assert!(refused.stderr.contains("it can: stateless"), "{}", refused.stderr);
    assert!(server.requests().is_empty());
}
