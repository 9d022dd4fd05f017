//! Sessions that leave nothing behind, and titles (HARNESS S10).

use std::fs;
use std::path::PathBuf;

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support::{WithCode as _, exec, screen, session_of, sessions_directory, wait_until, workspace};

/// Every file below the state directory but locks of nobody's and caches, by its path.
fn left(workspace: &Workspace) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![workspace.headwater_home()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn texts(workspace: &Workspace) -> String {
    let read = |path: &PathBuf| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    left(workspace).iter().filter_map(|path| read(path).ok()).collect()
}

/// Writes a file and says so, so that there is a checkpoint too.
fn writer() -> Script {
    Script::new()
        .turns([
            Turn::text("").call("write", json!({"path": "b.txt", "content": "new\n"})),
            Turn::text("Written."),
        ])
        .repeat_last()
}

#[test]
fn s10_an_ephemeral_run_leaves_nothing_and_is_in_no_list() {
    let (workspace, server) = (workspace(), ModelServer::start(writer()));
    let before = left(&workspace);
    let done = spawn(exec(&workspace, &server).args(["--ephemeral", "--json", "the secret word"]))
        .finish(DEADLINE)
        .with_code(0);
    assert_eq!(workspace.read("b.txt"), "new\n");
    assert_eq!(left(&workspace), before, "nothing is left");
    let session = session_of(&done.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let list = workspace.run(["sessions", "list", "--all"]).with_code(0);
    assert!(!list.stdout.contains(&session), "{}", list.stdout);
    for arguments in [["resume", &session, "--plain"], ["sessions", "show", &session]] {
        let refused = workspace.run(arguments).with_code(1);
        assert!(refused.stderr.contains(&session), "{}", refused.stderr);
    }
}

#[test]
fn s10_an_ephemeral_run_leaves_nothing_when_it_fails_or_is_ended() {
    for signal in [None, Some(Signal::INT), Some(Signal::TERM), Some(Signal::HUP)] {
        let workspace = workspace();
        let gate = Gate::new();
        let script = match signal {
            None => Script::new(),
            Some(_) => {
                Script::new().turn(Turn::text("This takes a while.").deltas_of(3).hold_after(2, &gate))
            }
        };
        let server = ModelServer::start(script);
        let before = left(&workspace);
        let mut command = exec(&workspace, &server);
        command.args(["--ephemeral", "-c", "network.backoff=0.01", "go"]);
        let running = spawn(&mut command);
        if let Some(signal) = signal {
            server.wait_for_requests(1, DEADLINE);
            assert_ne!(left(&workspace), before, "it is there while it runs");
            running.signal(signal);
        }
        let ended = running.finish(DEADLINE);
        assert!(!ended.stderr.contains("carries on"), "{signal:?}: {}", ended.stderr);
        assert_eq!(left(&workspace), before, "{signal:?}");
    }
}

#[test]
fn s10_what_a_killed_ephemeral_run_leaves_goes_with_the_next_start_and_a_living_one_stays() {
    let workspace = workspace();
    let gate = Gate::new();
    let held = gate.clone();
    let server = ModelServer::start(Script::responder(move |_, _| {
        Turn::text("This takes a while.").deltas_of(3).hold_after(2, &held)
    }));
    let before = left(&workspace);
    let start = |prompt: &str| spawn(exec(&workspace, &server).args(["--ephemeral", prompt]));
    let (killed, living) = (start("the first secret"), start("the second secret"));
    server.wait_for_requests(2, DEADLINE);
    killed.signal_group(Signal::KILL);
    wait_until("the end of the killed run", || killed.has_ended());
    assert!(texts(&workspace).contains("the first secret"));
    workspace.run(["sessions", "list"]).with_code(0);
    let now = texts(&workspace);
    assert!(!now.contains("the first secret") && now.contains("the second secret"));
    let place = left(&workspace).iter().find_map(|path| {
        let name = path.parent()?.file_name()?.to_str()?.to_owned();
        (path.file_name()? == "transcript.jsonl").then_some(name)
    });
    let session = place.expect("the session that lives");
    let refused = workspace.run(["resume", &session, "--plain"]).with_code(1);
    assert!(refused.stderr.contains("is ephemeral"), "{}", refused.stderr);
    gate.open();
    living.finish(DEADLINE).with_code(0);
    assert_eq!(left(&workspace), before);
}

#[test]
fn s10_an_ephemeral_screen_leaves_neither_session_nor_history() {
    let (workspace, server) = (workspace(), ModelServer::start(writer()));
    let before = left(&workspace);
    let terminal = Terminal::start(screen(&workspace, &server).arg("--ephemeral"), 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.keys("the secret word<Enter>").wait_for_text("Written.");
    terminal.keys("/new<Enter>").wait_gone("Written.");
    terminal.wait_for_text("What is to be done?");
    terminal.keys("/quit<Enter>").wait_exit();
    assert_eq!(left(&workspace), before);
}

#[test]
fn s10_a_title_is_made_from_the_first_message_given_and_taken_back() {
    let (workspace, server) = (workspace(), ModelServer::start(writer()));
    let prompt = "## Look at the parser\n\nIt is slow on files with many short lines.";
    let done = spawn(exec(&workspace, &server).args(["--json", prompt])).finish(DEADLINE).with_code(0);
    let session = session_of(&done.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let list = || workspace.run(["sessions", "list"]).with_code(0).stdout;
    assert!(list().contains("  Look at the parser\n"), "{}", list());
    workspace.run(["sessions", "title", &session, "A", "slow\u{1b}[31m", "parser"]).with_code(0);
    assert!(list().contains("A slow [31m parser"), "{}", list());
    workspace.run(["replay", &session, "--verify"]).with_code(0);
    workspace.run(["conformance", &session]).with_code(0);
    // It goes on as it was, and keeps its title.
    spawn(exec(&workspace, &server).args(["--resume", &session, "more"])).finish(DEADLINE).with_code(0);
    assert!(list().contains("A slow [31m parser"), "{}", list());
    workspace.run(["sessions", "title", &session]).with_code(0);
    assert!(list().contains("  Look at the parser\n"), "{}", list());
}

#[test]
fn p5_s10_a_title_that_is_given_from_outside_holds_no_secret() {
    let (workspace, server) = (workspace(), ModelServer::start(writer()));
    let done = spawn(exec(&workspace, &server).args(["--json", "go"])).finish(DEADLINE).with_code(0);
    let session = session_of(&done.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    let told = workspace.run(["sessions", "title", &session, "with", token]).with_code(0);
    let listed = workspace.run(["sessions", "list"]).with_code(0);
    let log = sessions_directory(&workspace).join(&session).join("transcript.jsonl");
    for text in [told.stdout, listed.stdout, fs::read_to_string(log).expect("a log")] {
        assert!(!text.contains(token) && text.contains("[redacted"), "{text}");
    }
}

#[test]
fn s10_the_title_stands_in_the_screen_the_terminal_and_the_picker() {
    let (workspace, server) = (workspace(), ModelServer::start(writer()));
    let terminal = crate::support::open(&workspace, &server);
    terminal.keys("write it<Enter>").wait_for_text("Written.");
    terminal.keys("/title Work on b<Enter>").wait_for_text("title \"Work on b\"");
    wait_until("the terminal's title", || terminal.title().contains("Work on b"));
    terminal.keys("/new<Enter>").wait_for_text("What is to be done?");
    wait_until("the title of the new session", || !terminal.title().contains("Work on b"));
    terminal.keys("/sessions<Enter>").wait_for_text("Work on b");
    terminal.keys("<Esc><C-d>").wait_exit();
}

#[test]
fn s10_a_session_that_a_process_holds_is_not_retitled_by_another() {
    let workspace = workspace();
    let gate = Gate::new();
    let server =
        ModelServer::start(Script::new().turn(Turn::text("Slow.").deltas_of(2).hold_after(1, &gate)));
    let running = spawn(exec(&workspace, &server).args(["--json", "go"]));
    server.wait_for_requests(1, DEADLINE);
    let told = running.wait_for_stdout("a first record", DEADLINE, |text| text.contains('\n'));
    let session = session_of(&told.lines().map(str::to_owned).collect::<Vec<_>>());
    let refused = workspace.run(["sessions", "title", &session, "x"]).with_code(1);
    assert!(refused.stderr.contains("is open in another headwater"), "{}", refused.stderr);
    gate.open();
    running.finish(DEADLINE).with_code(0);
}
