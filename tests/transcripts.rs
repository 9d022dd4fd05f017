//! Recorded logs of every released schema (`tests/transcripts/schema-N/`): each still reads, holds together and gives the
//! requests it was recorded with, and the newest program writes logs of the same shapes.
//!
//! `HEADWATER_BLESS=1` records the shapes that are not there for the schema that this program writes. What was recorded is
//! never made again: remove a log of a schema that is not released to have it recorded anew.

use std::fs;
use std::path::{Path, PathBuf};

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::missions::{Model, card, logs, recursive, writes_report};
use crate::support::{WithCode as _, exec, open, session_of, sessions_directory, workspace};

/// A way for a session to go; what it leaves in the sessions' directory.
type Shape = fn() -> Workspace;

const SHAPES: [(&str, Shape); 6] = [
    ("plain", plain),
    ("approval", approval),
    ("mission", mission),
    ("compaction", compaction),
    ("killed", killed),
    ("mended", mended),
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts")
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).arg("--json").args(arguments)).finish(DEADLINE)
}

fn session(finished: &Finished) -> String {
    session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
}

/// Two turns: readers side by side, a write, todos, an answer; then a second process.
pub(crate) fn plain() -> Workspace {
    let workspace = workspace();
    workspace.file("a.txt", "one\n").file("b.txt", "two\n");
    let todo = json!({"todos": [{"text": "Read both files", "status": "in_progress"}]});
    let script = Script::new()
        .turn(
            Turn::text("Both at once.")
                .thinking("They are short.")
                .call("read", json!({"path": "a.txt"}))
                .call("read", json!({"path": "b.txt"}))
                .usage(900, 0, 40),
        )
        .turn(Turn::empty().call("todos", todo).usage(1_000, 900, 20))
        .turn(
            Turn::empty()
                .call("write", json!({"path": "c.txt", "content": "three\n"}))
                .usage(1_100, 1_000, 20),
        )
        .turn(Turn::text("c.txt follows from both.").usage(1_200, 1_100, 9))
        .turn(Turn::text("It has one line.").usage(1_300, 1_200, 7));
    let server = ModelServer::start(script);
    let first = run(&workspace, &server, &["go on from these files"]).with_code(0);
    run(&workspace, &server, &["--resume", &session(&first), "how long is it?"]).with_code(0);
    workspace
}

/// A person at the screen: a yes, and a no with a reason.
fn approval() -> Workspace {
    let workspace = workspace();
    let reach =
        |request: &Recorded| format!("curl -s http://{}/v1/look", request.header("host").expect("a host"));
    let server = ModelServer::start(Script::responder(move |index, request| match index % 2 {
        0 => Turn::text("Look.").call("shell", json!({"command": reach(request)})),
        _ => Turn::text(format!("Answer {}.", index / 2 + 1)),
    }));
    let terminal = open(&workspace, &server);
    terminal
        .play("=== keys\nlook<Enter>\n=== screen\nAPPROVE?\n[y] once\n=== keys\ny\n=== screen\nAnswer 1.");
    terminal.play(
        "=== keys\nagain<Enter>\n=== screen\nAPPROVE?\n[y] once\n=== keys\nn\n=== screen\nwhy not?\n=== keys\n\
         not twice<Enter>\n=== screen\nAnswer 2.",
    );
    terminal.play("=== keys\n/quit<Enter>");
    terminal.wait_exit();
    workspace
}

/// A mission with its own log.
pub(crate) fn mission() -> Workspace {
    let workspace = logs();
    let (server, _model) = Model::new(card(), &[&writes_report()]).start();
    recursive(&workspace, &server, &["--json", "--approve-mission", "which node failed?"]).with_code(0);
    workspace
}

/// A conversation that outgrows its window.
pub(crate) fn compaction() -> Workspace {
    let workspace = workspace();
    for number in 1..=14 {
        workspace
            .file(format!("file-{number}.txt"), format!("line {number} is like the others\n").repeat(180));
    }
    let mut read = 0;
    let server = ModelServer::start(Script::responder(move |_, request| {
        if request.last_text("user").is_some_and(|text| text.contains("## Open questions")) {
            return Turn::text("## Goal\nRead every file.\n\n## Facts\nThe files are alike.");
        }
        read += 1;
        let talk = "What this file says is what the one before it said. ".repeat(12);
        match read {
            ..=14 => Turn::text(talk).call("read", json!({"path": format!("file-{read}.txt")})),
            _ => Turn::text("All are read."),
        }
    }));
    let window = ["-c", "models.scripted.window=8192", "read all files"];
    let finished = run(&workspace, &server, &window).with_code(0);
    assert!(!finished.records_of("context_edited").is_empty(), "the window is never full");
    workspace
}

/// The process ends while a command runs.
fn killed() -> Workspace {
    killed_session().0
}

fn killed_session() -> (Workspace, ModelServer, String) {
    let slow = Turn::text("Wait.").call("shell", json!({"command": "echo once >> ran.txt; sleep 60"}));
    let server = ModelServer::start(Script::new().turn(slow).turn(Turn::text("I looked.")));
    let workspace = workspace();
    let running = spawn(exec(&workspace, &server).args(["--json", "wait"]));
    let shown = running.wait_for_stdout("the call", DEADLINE, |text| text.contains("\"tool_called\""));
    crate::support::wait_until("the command to begin", || workspace.has("ran.txt"));
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    let id = session_of(&[shown.lines().next().expect("a line").to_owned()]);
    (workspace, server, id)
}

/// The same, and another process mends it and goes on.
fn mended() -> Workspace {
    let (workspace, server, id) = killed_session();
    run(&workspace, &server, &["--resume", &id, "and?"]).with_code(0);
    workspace
}

/// The logs that a shape left, each with its name: the session's own first, then those of its parts.
fn logs_of(name: &str, workspace: &Workspace) -> Vec<(String, String)> {
    let entries = fs::read_dir(sessions_directory(workspace)).expect("sessions");
    let mut logs: Vec<String> = entries
        .filter_map(|entry| fs::read_to_string(entry.expect("an entry").path().join("transcript.jsonl")).ok())
        .collect();
    logs.sort_by_key(|log| (first_of(log)["parent"].is_string(), log.clone()));
    let named = logs.into_iter().enumerate().map(|(at, log)| match at {
        0 => (format!("{name}.jsonl"), log),
        _ => (format!("{name}.part-{at}.jsonl"), log),
    });
    named.collect()
}

fn first_of(log: &str) -> Value {
    serde_json::from_str(log.lines().next().expect("a first line")).expect("a record")
}

/// Every recorded log, with the schema of its directory.
fn recorded() -> Vec<(u64, PathBuf)> {
    let schemas =
        fs::read_dir(directory()).expect("recorded logs").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let schema: u64 =
            name.strip_prefix("schema-").and_then(|number| number.parse().ok()).expect("schema-N");
        let logs = fs::read_dir(path).expect("logs").map(|entry| entry.expect("an entry").path());
        logs.map(move |log| (schema, log)).collect::<Vec<_>>()
    };
    let mut all: Vec<(u64, PathBuf)> = schemas.flat_map(of).collect();
    all.sort();
    all
}

#[test]
fn r_g_and_e3_logs_of_every_schema_replay_as_they_were_recorded() {
    let workspace = workspace();
    let recorded = recorded();
    assert!(recorded.iter().any(|(schema, _)| *schema == 1), "the logs of the first schema are gone");
    for (schema, path) in recorded {
        let log = fs::read_to_string(&path).expect("a log");
        assert_eq!(first_of(&log)["schema"], schema, "{}", path.display());
        let replayed = workspace.run(["replay".as_ref(), path.as_os_str(), "--verify".as_ref()]);
        replayed.expect_code(0);
    }
}

/// The directory that a recorded session worked in; gone again at the end.
struct Place(PathBuf);

impl Place {
    fn of(log: &str) -> Self {
        let place = PathBuf::from(first_of(log)["workspace"].as_str().expect("a workspace"));
        fs::create_dir_all(&place).expect("the directory that the log names");
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn r_g_a_log_of_the_first_schema_goes_on_here_and_replays_as_a_whole() {
    for name in ["plain", "compaction", "killed", "mended"] {
        let old =
            fs::read_to_string(directory().join("schema-1").join(format!("{name}.jsonl"))).expect("a log");
        let (place, workspace) = (Place::of(&old), workspace());
        let id = first_of(&old)["session"].as_str().expect("an id").to_owned();
        let session = sessions_directory(&workspace).join(&id);
        fs::create_dir_all(&session).expect("a directory");
        fs::write(session.join("transcript.jsonl"), &old).expect("a log");
        let server = ModelServer::start(Script::new().turn(Turn::text("On it goes.")).repeat_last());
        let there = place.0.to_string_lossy().into_owned();
        for _process in 0..2 {
            run(&workspace, &server, &["-C", &there, "--resume", &id, "go on"]).with_code(0);
        }
        let log = fs::read_to_string(session.join("transcript.jsonl")).expect("the log");
        let new = log.strip_prefix(&old).expect("what was recorded stays as it was");
        let of =
            |kind: &str| new.lines().filter(|line| line.contains(&format!("\"type\":\"{kind}\""))).count();
        assert_eq!((of("session_resumed"), of("migrated")), (2, 1), "{name}");
        assert!(new.lines().all(|line| line.contains(",\"chain\":\"")), "{name}: a new line has no seal");
        workspace.run(["replay", &id, "--verify"]).with_code(0);
        workspace.run(["conformance", &id]).with_code(0);
    }
}

#[test]
fn r_g_the_shapes_of_this_schema_are_recorded_and_come_out_alike() {
    for (name, shape) in SHAPES {
        let workspace = shape();
        let logs = logs_of(name, &workspace);
        let schema = first_of(&logs[0].1)["schema"].as_u64().expect("a schema");
        let directory = directory().join(format!("schema-{schema}"));
        for (file, log) in logs {
            let path = directory.join(file);
            if std::env::var_os("HEADWATER_BLESS").is_some() && !path.exists() {
                fs::create_dir_all(&directory).expect("a directory");
                fs::write(&path, &log).expect("a recorded log");
            }
            let kept = fs::read_to_string(&path).unwrap_or_else(|error| {
                panic!("{}: {error}; HEADWATER_BLESS=1 records the logs of this schema", path.display())
            });
            assert_eq!(kinds(&kept), kinds(&log), "{}", path.display());
        }
    }
}

/// The types of the records that are always there, in order: what a person or a model did, and how it ended.
fn kinds(log: &str) -> Vec<String> {
    const SOLID: [&str; 6] =
        ["user_message", "tool_called", "approval_given", "tool_returned", "mission_ended", "turn_ended"];
    let kind = |line: &str| {
        let record: Value = serde_json::from_str(line).ok()?;
        record["type"].as_str().filter(|kind| SOLID.contains(kind)).map(str::to_owned)
    };
    log.lines().filter_map(kind).collect()
}
