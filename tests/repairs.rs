//! Repairs through the whole program: what was derived is written again, what was changed is found, what was cut off in
//! its middle is taken back, and what the model wrote badly is read or sent back.

use std::fs;
use std::path::{Path, PathBuf};

use headwater_testkit::server::Call;
use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, session_of, sessions_directory, wait_until, workspace};
use crate::transcripts::{compaction, plain};

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).arg("--json").args(arguments)).finish(DEADLINE)
}

fn says(text: &'static str) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text(text)).repeat_last())
}

/// The only session of a workspace.
fn session(workspace: &Workspace) -> String {
    let mut entries = fs::read_dir(sessions_directory(workspace)).expect("sessions");
    entries.next().expect("a session").expect("an entry").file_name().to_string_lossy().into_owned()
}

fn directory(workspace: &Workspace) -> PathBuf {
    sessions_directory(workspace).join(session(workspace))
}

fn log(workspace: &Workspace) -> String {
    fs::read_to_string(directory(workspace).join("transcript.jsonl")).expect("the log")
}

fn write_log(workspace: &Workspace, log: &str) {
    fs::write(directory(workspace).join("transcript.jsonl"), log).expect("the log");
}

fn records(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

fn kinds_of_repair(log: &str) -> Vec<String> {
    let repaired = records(log).into_iter().filter(|record| record["type"] == "repaired");
    repaired.map(|record| record["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Files of a directory with what is in them.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(directory).into_iter().flatten().map(|entry| entry.expect("an entry"));
    let mut all: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file"))
        })
        .collect();
    all.sort();
    all
}

/// The stored texts that the log names, as the log has them.
fn stored(log: &str) -> Vec<(String, u64)> {
    let edits = records(log).into_iter().filter(|record| record["type"] == "context_edited");
    let blobs = edits.flat_map(|record| record["edits"].as_array().expect("edits").clone());
    blobs
        .filter(|edit| edit["edit"] == "externalize")
        .map(|edit| {
            (
                edit["blob"]["id"].as_str().expect("an id").to_owned(),
                edit["blob"]["bytes"].as_u64().expect("bytes"),
            )
        })
        .collect()
}

#[test]
fn p1_and_r_d_every_derived_file_is_written_again_as_it_was() {
    let (workspace, server) = (compaction(), says("On it goes."));
    let blobs = directory(&workspace).join("blobs");
    let before = contents(&blobs);
    assert!(!stored(&log(&workspace)).is_empty(), "nothing was stored");
    type Spoil = fn(&Path);
    let spoil: [(&str, Spoil); 3] = [
        ("missing", |path| fs::remove_file(path).expect("removed")),
        ("cut", |path| fs::write(path, "half").expect("written")),
        ("empty", |path| fs::write(path, "").expect("written")),
    ];
    for (name, spoil) in spoil {
        for (id, _) in stored(&log(&workspace)) {
            spoil(&blobs.join(id));
        }
        assert_ne!(contents(&blobs), before, "{name}");
        run(&workspace, &server, &["--resume", &session(&workspace), "go on"]).with_code(0);
        assert_eq!(contents(&blobs), before, "{name}");
    }
    let rebuilt = || kinds_of_repair(&log(&workspace)).iter().filter(|kind| *kind == "rebuilt").count();
    assert_eq!(rebuilt(), 3, "once for each load that found something");
    run(&workspace, &server, &["--resume", &session(&workspace), "go on"]).with_code(0);
    assert_eq!(rebuilt(), 3, "a load that finds everything in place repairs nothing");
    // The directory as a whole is no loss either.
    fs::remove_dir_all(&blobs).expect("removed");
    run(&workspace, &server, &["--resume", &session(&workspace), "go on"]).with_code(0);
    assert_eq!(contents(&blobs), before);
    workspace.run(["replay", &session(&workspace), "--verify"]).with_code(0);
}

#[test]
fn r_f_a_crash_between_any_two_writes_of_a_plan_ends_before_it_or_behind_it() {
    let (workspace, server) = (compaction(), says("On it goes."));
    let (whole, blobs) = (log(&workspace), directory(&workspace).join("blobs"));
    let (lines, texts): (Vec<&str>, _) = (whole.lines().collect(), contents(&blobs));
    let is_of_a_plan = |line: &&str| {
        ["\"type\":\"context_edited\"", "\"type\":\"summary_requested\""].iter().any(|tag| line.contains(tag))
    };
    // Right before each record of the first plans, and right behind it.
    let places = lines.iter().enumerate().filter(|(_, line)| is_of_a_plan(line)).map(|(at, _)| at);
    let cuts: Vec<usize> = places.flat_map(|at| [at, at + 1]).take(10).collect();
    assert!(
        lines.iter().any(|line| line.contains("\"type\":\"summary_requested\"")),
        "no summary was asked for"
    );
    for cut in cuts {
        for (state, share) in [("absent", 0), ("half", 2), ("whole", 1)] {
            write_log(&workspace, &(lines[..cut].join("\n") + "\n"));
            fs::remove_dir_all(&blobs).ok();
            fs::create_dir_all(&blobs).expect("a directory");
            for (name, text) in texts.iter().filter(|_| share > 0) {
                fs::write(blobs.join(name), &text[..text.len() / share]).expect("a text");
            }
            run(&workspace, &server, &["--resume", &session(&workspace), "go on"]).with_code(0);
            let what = format!("cut behind record {cut}, texts {state}");
            let edits = |log: &str| {
                let edited = records(log).into_iter().filter(|record| record["type"] == "context_edited");
                edited.map(|record| record["edits"].clone()).collect::<Vec<_>>()
            };
            let now = log(&workspace);
            let kept = edits(&(lines[..cut].join("\n") + "\n"));
            assert_eq!(edits(&now)[..kept.len()], kept, "{what}");
            for (id, bytes) in stored(&now) {
                assert_eq!(
                    fs::metadata(blobs.join(&id)).expect("a stored text").len(),
                    bytes,
                    "{what}: {id}"
                );
            }
            workspace.run(["replay", &session(&workspace), "--verify"]).with_code(0);
        }
    }
}

#[test]
fn a5_a_changed_log_is_found_by_every_command_that_reads_it_and_loses_its_freedoms() {
    let workspace = plain();
    let (whole, id) = (log(&workspace), session(&workspace));
    workspace.run(["replay", &id, "--verify"]).with_code(0);
    workspace.run(["conformance", &id]).with_code(0);
    let lines: Vec<&str> = whole.lines().collect();
    let at = lines.iter().position(|line| line.contains("\"type\":\"tool_returned\"")).expect("a result");
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let edited = whole.replacen("\"mode\":\"agent\"", "\"mode\":\"yolo\"", 1);
    let mut moved = lines.clone();
    moved.swap(at, at + 1);
    let mut removed = lines.clone();
    removed.remove(at);
    let seals = |line: &&str| {
        line.rsplit_once(",\"chain\"").map_or_else(|| (*line).to_owned(), |(rest, _)| format!("{rest}}}"))
    };
    let stripped: Vec<String> = lines.iter().map(seals).collect();
    let table = [
        ("edited", edited, "line 1 (record 0)"),
        ("moved", joined(&moved), "does not follow"),
        ("removed", joined(&removed), "does not follow"),
    ];
    for (name, log, told) in table {
        assert_ne!(log, whole, "{name}");
        write_log(&workspace, &log);
        for command in [vec!["replay", &id, "--verify"], vec!["conformance", &id]] {
            let found = workspace.run(&command).with_code(1);
            assert!(found.stdout.contains(told), "{name}: {command:?}\n{}", found.stdout);
        }
        let doctor = workspace.run(["doctor"]);
        assert!(doctor.stdout.contains(&id), "{name}\n{}", doctor.stdout);
    }
    write_log(&workspace, &(stripped.join("\n") + "\n"));
    assert!(workspace.run(["doctor"]).stdout.contains("the seals of all lines are gone"));
    // Who changed the log may have given a freedom: it does not survive the resume, and the original is kept.
    let edited = whole.replacen("\"mode\":\"agent\"", "\"mode\":\"yolo\"", 1);
    write_log(&workspace, &edited);
    let server = says("Here I am.");
    let resumed = run(&workspace, &server, &["--resume", &id, "go on"]).with_code(0);
    let aside = directory(&workspace).join("transcript.quarantine-1.jsonl");
    assert_eq!(fs::read_to_string(aside).expect("the original"), edited);
    assert!(kinds_of_repair(&log(&workspace)).contains(&"quarantined".to_owned()));
    let back = records(&log(&workspace))
        .into_iter()
        .find(|record| record["type"] == "mode_changed")
        .expect("a mode");
    assert_eq!((&back["from"], &back["to"]), (&json!("yolo"), &json!("agent")), "{}", resumed.stderr);
    workspace.run(["conformance", &id]).with_code(0);
}

#[test]
fn n2_conformance_tells_each_class_and_goes_into_the_parts() {
    let workspace = crate::transcripts::mission();
    let sessions = sessions_directory(&workspace);
    let logs: Vec<String> = fs::read_dir(sessions)
        .expect("sessions")
        .map(|entry| {
            fs::read_to_string(entry.expect("an entry").path().join("transcript.jsonl")).expect("a log")
        })
        .collect();
    let own = logs.iter().find(|log| records(log)[0]["parent"].is_null()).expect("the conversation");
    let id = records(own)[0]["session"].as_str().expect("an id").to_owned();
    let alone = workspace.run(["conformance", &id]).with_code(0);
    assert_eq!(alone.stdout.matches("transcript.jsonl").count(), 1, "{}", alone.stdout);
    let all = workspace.run(["conformance", &id, "--all", "--json"]).with_code(0);
    let told: Vec<Value> =
        all.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(told.len(), 2, "the conversation and its mission");
    let classes: Vec<&str> = told[1]["classes"]
        .as_array()
        .expect("classes")
        .iter()
        .filter_map(|class| class["class"].as_str())
        .collect();
    assert_eq!(classes, ["lines", "schema", "seals", "invariants", "gates", "replay", "edits", "artifacts"]);
    assert!(told.iter().all(|log| log["ok"] == true));
    workspace.file("foreign.jsonl", "{\"seq\":0}\n");
    let failed = workspace.run(["conformance", "foreign.jsonl"]).with_code(1);
    assert!(failed.stdout.contains("FAIL  lines"), "{}", failed.stdout);
}

#[test]
fn r_b_arguments_with_a_slip_are_read_and_those_with_a_hole_go_back_with_the_place() {
    let script = Script::new()
        .turn(Turn::empty().raw_call("write", "{\"path\": \"a.txt\", \"content\": \"one\",}"))
        .turn(Turn::empty().raw_call("write", "{\"path\": \"b.txt\", \"content\": \"hal"))
        .turn(Turn::empty().raw_call("write", "{\"path\": \"c.txt\", \"inhalt\": \"x\",}"))
        .turn(Turn::text("Done."));
    let (workspace, server) = (workspace(), ModelServer::start(script));
    let finished = run(&workspace, &server, &["write"]).with_code(0);
    assert_eq!(workspace.read("a.txt"), "one");
    assert!(!workspace.has("b.txt") && !workspace.has("c.txt"));
    let repaired = finished.records_of("repaired");
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert_eq!(repaired[0]["kind"], "arguments");
    let results = finished.records_of("tool_returned");
    for (at, place) in [(1, "at line 1 column"), (2, "at line 1 column")] {
        let text = results[at]["text"].as_str().expect("a text");
        assert!(
            text.contains(place) && text.starts_with("Not run: the arguments are not valid JSON"),
            "{text}"
        );
        assert_eq!(results[at]["status"], "refused");
    }
    // What ran is what the model is shown of its own call.
    let seen = server.requests()[1].messages().iter().find(|message| message["role"] == "assistant").cloned();
    let arguments =
        seen.expect("the call")["tool_calls"][0]["function"]["arguments"].as_str().expect("text").to_owned();
    assert_eq!(
        serde_json::from_str::<Value>(&arguments).expect("JSON"),
        json!({"path": "a.txt", "content": "one"})
    );
    workspace.run(["replay", &session(&workspace), "--verify"]).with_code(0);
}

#[test]
fn t2_duplicate_empty_and_reused_ids_are_told_apart_and_each_gets_its_own_result() {
    let read = |path: &str| Call::new("read", json!({ "path": path }));
    let script = Script::new()
        .turn(
            Turn::empty()
                .with_call(read("a.txt").id("same"))
                .with_call(read("b.txt").id("same"))
                .with_call(read("c.txt").without_id()),
        )
        .turn(Turn::empty().with_call(read("d.txt").id("same")).with_call(read("e.txt").id("not plain!")))
        .turn(Turn::text("All read."));
    let (workspace, server) = (workspace(), ModelServer::start(script));
    for name in ["a", "b", "c", "d", "e"] {
        workspace.file(format!("{name}.txt"), format!("this is {name}\n"));
    }
    let finished = run(&workspace, &server, &["read"]).with_code(0);
    let called = finished.records_of("tool_called");
    let ids: std::collections::BTreeSet<&str> =
        called.iter().filter_map(|call| call["call"].as_str()).collect();
    assert_eq!((called.len(), ids.len()), (5, 5), "each call has an id of its own: {ids:?}");
    // On the wire each call is answered under the id it is shown with, with the content it asked for.
    let last = server.requests().pop().expect("a request");
    let calls = last.messages().iter().filter_map(|message| message["tool_calls"].as_array()).flatten();
    for call in calls {
        let arguments = call["function"]["arguments"].as_str().expect("arguments");
        let path = serde_json::from_str::<Value>(arguments).expect("JSON")["path"]
            .as_str()
            .expect("a path")
            .to_owned();
        let results: Vec<&Value> =
            last.messages().iter().filter(|message| message["tool_call_id"] == call["id"]).collect();
        assert_eq!(results.len(), 1, "{call}");
        let expected = format!("this is {}", path.trim_end_matches(".txt"));
        assert!(
            results[0]["content"].as_str().is_some_and(|text| text.contains(&expected)),
            "{path}: {results:?}"
        );
    }
    workspace.run(["conformance", &session(&workspace)]).with_code(0);
}

#[test]
fn r_a_a_write_that_was_killed_is_refused_until_the_model_has_looked() {
    let command = json!({"command": "echo once >> ran.txt; test -e go || sleep 60"});
    let again = || Turn::text("Again.").call("shell", command.clone());
    let script = Script::new()
        .turn(again())
        .turn(again())
        .turn(again())
        .turn(Turn::text("I look.").call("read", json!({"path": "ran.txt"})))
        .turn(again())
        .turn(Turn::text("Done."));
    let (workspace, server) = (workspace(), ModelServer::start(script));
    let running = spawn(exec(&workspace, &server).args(["--json", "do it"]));
    let shown = running.wait_for_stdout("the call", DEADLINE, |text| text.contains("\"tool_called\""));
    wait_until("the command to begin", || workspace.has("ran.txt"));
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    workspace.file("go", "");
    let id = session_of(&[shown.lines().next().expect("a line").to_owned()]);
    let resumed = run(&workspace, &server, &["--resume", &id, "and?"]).with_code(0);
    let statuses: Vec<Value> =
        resumed.records_of("tool_returned").into_iter().map(|result| result["status"].clone()).collect();
    assert_eq!(statuses, ["lost", "refused", "refused", "ran", "ran"]);
    assert_eq!(
        workspace.read("ran.txt"),
        "once\nonce\n",
        "once before the kill, once after it was looked at"
    );
}

#[test]
fn r_e_a_request_that_was_killed_counts_and_the_limit_holds_in_the_next_process() {
    let gate = Gate::new();
    let script = Script::new().turn(Turn::text("Never told.").hold_after(1, &gate)).turn(Turn::text("Told."));
    let (workspace, server) = (workspace(), ModelServer::start(script));
    let price = ["-c", "models.scripted.price={ input = 1000.0, output = 1000.0 }"];
    let running = spawn(exec(&workspace, &server).args(price).args(["--json", "go"]));
    let shown = running.wait_for_stdout("the request", DEADLINE, |text| text.contains("\"request_sent\""));
    server.wait_for_requests(1, DEADLINE);
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    let id = session_of(&[shown.lines().next().expect("a line").to_owned()]);
    let limited = spawn(exec(&workspace, &server).args(price).args([
        "--max-cost",
        "0.5",
        "--json",
        "--resume",
        &id,
        "go on",
    ]));
    let limited = limited.finish(DEADLINE).with_code(5);
    assert_eq!(limited.records_of("turn_ended").last().expect("an end")["reason"], "max_cost");
    let repaired = limited.records_of("repaired");
    let uncertain = repaired.iter().find(|record| record["kind"] == "unreported_usage").expect("a mark");
    assert!(uncertain["detail"].as_str().is_some_and(|text| text.contains("never reported")), "{uncertain}");
    assert_eq!(server.requests().len(), 1, "nothing more was asked");
}
