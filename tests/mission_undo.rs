//! Checkpoint first, and undo of the whole mission: what it restores, what it leaves alone, what it never follows.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Terminal, Workspace};
use serde_json::{Value, json};

use crate::missions::{Model, block, card, logs, recursive};
use crate::support::{WithCode as _, exec, session_of, sessions_directory, wait_until};

/// The usual card, with these globs to write to.
pub(crate) fn card_writing(globs: &[&str]) -> Value {
    let mut card = card();
    card["subtasks"][0]["writes"] = json!(globs);
    card
}

/// A mission whose root runs `code` and then answers; it runs to its end.
pub(crate) fn ran(workspace: &Workspace, card: Value, code: &str) -> (ModelServer, Finished) {
    let root =
        block(&format!("{code}\nwrite('report.md', 'node-7 failed')\nFINAL('node-7 failed; see report.md')"));
    let (server, _) = Model::new(card, &[&root]).start();
    let finished =
        recursive(workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(0);
    (server, finished)
}

pub(crate) fn conversation(finished: &Finished) -> String {
    finished.records_of("mission_proposed")[0]["session"].as_str().expect("a session").to_owned()
}

fn report(finished: &Finished) -> String {
    finished.records_of("mission_ended")[0]["report"].as_str().expect("a report").to_owned()
}

/// The session on the screen, or as plain lines.
fn resumed(workspace: &Workspace, server: &ModelServer, session: &str, is_plain: bool) -> Terminal {
    let mut command = workspace.command();
    command.args(["resume", session, "--provider", "llamacpp", "--model", "scripted"]);
    command.args(["--base-url", &server.base_url()]);
    if is_plain {
        command.env("TERM", "dumb");
    }
    let terminal = Terminal::start(&command, 100, 30);
    // The past is told by then: keys that come earlier may go to a card of it.
    terminal.wait_for_text(if is_plain { "Note: resumed" } else { "· resumed" });
    terminal.wait_for_text(if is_plain { "Note: resumed" } else { "What is to be done?" });
    terminal
}

fn undone(workspace: &Workspace, session: &str) -> Vec<Value> {
    let log = sessions_directory(workspace).join(session).join("transcript.jsonl");
    let text = std::fs::read_to_string(log).expect("the log");
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    records.filter(|record| record["type"] == "mission_undone").collect()
}

/// A file outside of the workspace, which must stay what it is.
fn outside() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("precious"), "precious").expect("the file");
    directory
}

fn assert_untouched(outside: &Path) {
    let names: Vec<_> = outside
        .read_dir()
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["precious"]);
    assert_eq!(std::fs::read_to_string(outside.join("precious")).expect("the file"), "precious");
}

#[test]
fn a_whole_mission_is_taken_back_on_the_screen() {
    let workspace = logs();
    workspace.script("notes.sh", "old\n");
    let mode =
        |path: &str| std::fs::metadata(workspace.path().join(path)).expect("the file").permissions().mode();
    let mode_before = mode("notes.sh");
    let card = card_writing(&["report.md", "notes.sh", "deep/**"]);
    let code = "read('notes.sh')\nwrite('notes.sh', 'new')\nwrite('deep/er/made.md', 'made')";
    let (server, finished) = ran(&workspace, card, code);
    assert_eq!(
        (workspace.read("notes.sh"), workspace.read("deep/er/made.md")),
        ("new".into(), "made".into())
    );
    let told = report(&finished);
    let sentence = "`/mission undo` takes back the changes to deep/er/made.md, notes.sh, report.md.";
    assert!(told.contains(sentence), "{told}");
    let records = finished.records();
    let place = |kind: &str, name: &Value| {
        let is_it = |record: &Value| record["type"] == kind && record["name"] == *name;
        records.iter().position(is_it).expect("a record")
    };
    assert!(
        place("checkpointed", &Value::Null) < place("tool_returned", &json!("write")),
        "it was changed before it was kept"
    );

    let session = conversation(&finished);
    let terminal = resumed(&workspace, &server, &session, false);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("mission undone");
    assert_eq!(workspace.read("notes.sh"), "old\n");
    assert_eq!(mode("notes.sh"), mode_before);
    assert!(!workspace.has("report.md") && !workspace.has("deep"));
    let records = undone(&workspace, &session);
    assert_eq!(records[0]["restored"], json!(["deep/er/made.md", "notes.sh", "report.md"]), "{records:?}");
    terminal.send("/mission undo\r");
    terminal.wait_for_text("taken back already");
    assert_eq!(undone(&workspace, &session).len(), 1);
}

#[test]
fn what_the_person_changed_since_stays_and_is_named() {
    let workspace = logs();
    workspace.file("notes.md", "old\n");
    let card = card_writing(&["report.md", "notes.md", "gone.md"]);
    let code = "read('notes.md')\nwrite('notes.md', 'new')\nwrite('gone.md', 'made')";
    let (server, finished) = ran(&workspace, card, code);
    workspace.file("notes.md", "mine\n");
    std::fs::remove_file(workspace.path().join("gone.md")).expect("it goes");
    let session = conversation(&finished);
    let terminal = resumed(&workspace, &server, &session, true);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("Left alone: notes.md");
    assert_eq!(workspace.read("notes.md"), "mine\n");
    assert!(!workspace.has("report.md") && !workspace.has("gone.md"));
    let record = &undone(&workspace, &session)[0];
    assert_eq!(record["restored"], json!(["report.md"]), "{record}");
    let why = record["kept"][0]["why"].as_str().expect("a reason");
    assert!(why.starts_with("it was changed after the mission left it; "), "{why}");
    let copy = why.rsplit(' ').next().expect("a path");
    assert_eq!(std::fs::read_to_string(copy).expect("the copy"), "old\n");
    // As soon as it is what the mission left, it can be taken back too.
    workspace.file("notes.md", "new");
    terminal.send("/mission undo\r");
    wait_until("the second undo", || workspace.read("notes.md") == "old\n");
}

#[test]
fn a_mission_that_was_killed_can_be_taken_back_and_does_not_go_on() {
    let workspace = logs();
    workspace.file("notes.md", "old\n");
    let code = "read('notes.md')\nwrite('notes.md', 'new')\nwrite('report.md', 'half')\nllm_query('hold')\nFINAL('x')";
    let gate = Gate::new();
    let held = gate.clone();
    let model = Arc::new(Mutex::new(Model::new(card_writing(&["report.md", "notes.md"]), &[&block(code)])));
    let server = ModelServer::start(Script::responder(move |_, request| {
        let turn = model.lock().expect("a model").answer(request);
        let is_held = request.last_text("user").is_some_and(|text| text.starts_with("hold"));
        if is_held { turn.hold_after(0, &held) } else { turn }
    }));
    let mut command = exec(&workspace, &server);
    let running = spawn(command.args(["--mode", "recursive", "--json", "--approve-mission", "which?"]));
    running.wait_for_stdout("the last child", DEADLINE, |text| text.contains("\"text\":\"hold\""));
    let session = session_of(&running.stdout().lines().map(str::to_owned).collect::<Vec<_>>());
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    gate.open();
    assert_eq!((workspace.read("notes.md"), workspace.read("report.md")), ("new".into(), "half".into()));

    let terminal = resumed(&workspace, &server, &session, false);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("mission undone");
    assert_eq!(workspace.read("notes.md"), "old\n");
    assert!(!workspace.has("report.md"));
    // Words in Recursive are a new question now, not a nudge to go on.
    terminal.send("and what now?\r");
    terminal.wait_for_text("Say which node failed");
    assert!(!workspace.has("report.md"));
}

#[test]
fn a_link_to_the_outside_is_never_followed() {
    let (workspace, outside) = (logs(), outside());
    let at = |path: &str| workspace.path().join(path);
    symlink(outside.path(), at("out")).expect("a link");
    symlink(outside.path().join("precious"), at("link.md")).expect("a link");
    let card = card_writing(&["report.md", "link.md", "out/**"]);
    let code = "for path in ['link.md', 'out/precious', 'out/new']:\n    try:\n        write(path, 'stolen')\n    except Exception as error:\n        print(error)";
    let (server, finished) = ran(&workspace, card, code);
    assert_untouched(outside.path());
    let told = report(&finished);
    assert!(told.contains("link.md: it leads out of the workspace"), "{told}");
    // In the place of what the mission wrote there is a link now, to a file with the same content.
    std::fs::remove_file(at("report.md")).expect("it goes");
    symlink(outside.path().join("precious"), at("report.md")).expect("a link");
    let session = conversation(&finished);
    let terminal = resumed(&workspace, &server, &session, false);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("Left alone: report.md: it is a symbolic link now");
    assert_untouched(outside.path());
    assert!(at("report.md").is_symlink());
}

#[test]
fn what_a_granted_command_changed_is_covered_where_it_may_write() {
    let workspace = logs();
    workspace.file("notes.md", "old\n").file("other.md", "old\n");
    workspace.script("make.sh", "#!/bin/sh\necho new > notes.md\necho made > out.md\necho x > other.md\n");
    let mut card = card_writing(&["report.md", "notes.md", "out.md"]);
    let second = json!({"n": 2, "title": "Make it", "looks_at": ["logs/**"], "expected_output": "out.md",
        "done_check": {"kind": "command", "command": "./make.sh"}, "writes": ["out.md"], "tools": [],
        "tier": "cheap", "claims": []});
    card["subtasks"].as_array_mut().expect("a list").push(second);
    let (server, finished) = ran(&workspace, card, "print(shell('./make.sh'))");
    assert_eq!(workspace.read("out.md"), "made\n");
    let told = report(&finished);
    assert!(
        told.contains("takes back the changes to notes.md, out.md, report.md; not those of commands"),
        "{told}"
    );
    assert!(told.contains("- other.md: changed while `./make.sh` ran"), "{told}");
    let terminal = resumed(&workspace, &server, &conversation(&finished), false);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("mission undone");
    assert_eq!((workspace.read("notes.md"), workspace.read("other.md")), ("old\n".into(), "x\n".into()));
    assert!(!workspace.has("out.md") && !workspace.has("report.md"));
}

#[test]
fn without_a_mission_there_is_nothing_to_take_back() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[]).start();
    let first = recursive(&workspace, &server, &["--json", "which node?"]).with_code(3);
    let terminal = resumed(&workspace, &server, &conversation(&first), true);
    terminal.send("/mission undo\r");
    terminal.wait_for_text("No mission has run in this conversation");
}
