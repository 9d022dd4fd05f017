//! Going back: conversation, code or both, what is left alone, what is not covered, and a kill on the way.

mod commands;
mod stage;

use std::os::unix::fs::symlink;
use std::time::Instant;

use headwater_testkit::workspace::Signal;
use headwater_testkit::{DEADLINE, Gate, ModelServer, Recorded, Script, Turn};
use serde_json::{Value, json};

use self::stage::Stage;
use crate::mission_undo::{card_writing, conversation, ran};
use crate::missions::logs;
use crate::support::{WithCode as _, open_with, wait_until, workspace};

/// A model that writes `a.txt` and then changes it and makes another file, a message each.
fn writing() -> Script {
    Script::new()
        .turn(Turn::text("").call("write", json!({"path": "a.txt", "content": "one\n"})))
        .turn(Turn::text("The first is done."))
        .turn(
            Turn::text("")
                .call("write", json!({"path": "a.txt", "content": "two\n"}))
                .call("write", json!({"path": "deep/b.txt", "content": "b\n"})),
        )
        .turn(Turn::text("The second is done."))
        .turn(Turn::text("Here I am."))
        .repeat_last()
}

/// Both messages of [`writing`].
fn two_messages() -> Stage {
    let mut stage = Stage::start(writing());
    stage.says("write the first");
    stage.says("write the second");
    assert_eq!((stage.read("a.txt").as_str(), stage.read("deep/b.txt").as_str()), ("two\n", "b\n"));
    stage
}

#[test]
fn s6_code_and_conversation_go_back_together_and_come_again() {
    let mut stage = two_messages();
    let to = stage.messages()[1];
    stage.types("/rewind");
    stage.shows("write the second  2 files changed after it");
    stage.shows("write the first  2 files changed after it");
    stage.types(&format!("/rewind {to}"));
    for line in ["1 message of yours", "--- a/a.txt", "-two", "+one", "+++ /dev/null", "-b"] {
        stage.shows(line);
    }
    assert_eq!(stage.read("a.txt"), "two\n", "a preview changes nothing");

    stage.types(&format!("/rewind {to} both"));
    stage.shows("went back; what followed no longer counts");
    assert_eq!(stage.read("a.txt"), "one\n");
    assert!(!stage.workspace.has("deep"), "what was made is gone, its directory too");
    stage.types("/redo");
    stage.shows("the rewind was taken back");
    assert_eq!((stage.read("a.txt").as_str(), stage.read("deep/b.txt").as_str()), ("two\n", "b\n"));
    stage.types("/redo");
    stage.shows("There is no rewind to take back");

    stage.types(&format!("/rewind {to} both"));
    wait_until("the second rewind", || stage.records_of("rewound").len() == 3);
    stage.says("something else");
    let requests = stage.server.requests();
    let (last, before) = (&requests[requests.len() - 1], &requests[1]);
    let messages = last.messages();
    let shared = before.messages().len();
    assert_eq!(messages[..shared], *before.messages(), "the request goes on from where it was then");
    let text = serde_json::to_string(messages).expect("JSON");
    assert!(text.contains("something else") && !text.contains("write the second"), "{text}");
    stage.verify();
}

#[test]
fn s6_the_conversation_alone_goes_back() {
    let mut stage = two_messages();
    let to = stage.messages()[1];
    stage.types(&format!("/rewind {to} conversation"));
    stage.shows("went back");
    assert_eq!(stage.read("a.txt"), "two\n", "the code stays");
    stage.says("and now?");
    let text = stage.last_request();
    assert!(text.contains("and now?") && !text.contains("write the second"), "{text}");
    stage.verify();
}

#[test]
fn s6_the_code_alone_goes_back_and_the_model_is_told() {
    let mut stage = two_messages();
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} code"));
    stage.shows("files went back");
    assert!(!stage.workspace.has("a.txt") && !stage.workspace.has("deep"));
    stage.says("and now?");
    let text = stage.last_request();
    assert!(text.contains("write the second"), "the conversation stays: {text}");
    assert!(text.contains("I put files back as they were. Put back: a.txt, deep/b.txt."), "{text}");
    stage.verify();
}

#[test]
fn s6_what_the_person_changed_since_is_never_lost() {
    let mut stage = two_messages();
    let to = stage.messages()[0];
    stage.workspace.file("a.txt", "mine\n");
    stage.types(&format!("/rewind {to}"));
    stage.shows("left alone: a.txt: it was changed after the agent left it");
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Left alone: a.txt: it was changed after the agent left it");
    assert_eq!(stage.read("a.txt"), "mine\n");
    assert!(!stage.workspace.has("deep/b.txt"), "the other one went back");
}

#[test]
fn s6_what_the_person_changed_between_two_changes_is_never_lost() {
    let read = Turn::text("").call("read", json!({"path": "a.txt"}));
    let script = Script::new()
        .turn(Turn::text("").call("write", json!({"path": "a.txt", "content": "one\n"})))
        .turn(Turn::text("The first is done."))
        .turn(read)
        .turn(Turn::text("").call("write", json!({"path": "a.txt", "content": "mine, and more\n"})))
        .turn(Turn::text("The second is done."));
    let mut stage = Stage::start(script);
    stage.says("write the first");
    stage.workspace.file("a.txt", "mine\n");
    stage.says("add to it");
    let messages = stage.messages();
    stage.types(&format!("/rewind {} both", messages[0]));
    stage.shows("Left alone: a.txt: somebody else changed it between two changes of the agent");
    assert_eq!(stage.read("a.txt"), "mine, and more\n");
    stage.types("/redo");
    stage.shows("the rewind was taken back");
    // To the message after their change all is known.
    stage.types(&format!("/rewind {} code", messages[1]));
    stage.shows("files went back");
    assert_eq!(stage.read("a.txt"), "mine\n");
}

#[test]
fn s6_links_are_neither_followed_nor_written() {
    let mut stage = two_messages();
    let (to, at) = (stage.messages()[0], |path: &str| stage.workspace.path().join(path));
    let outside = tempfile::tempdir().expect("a directory");
    for name in ["soft", "hard"] {
        std::fs::write(outside.path().join(name), "precious").expect("the file");
    }
    for path in ["a.txt", "deep/b.txt"] {
        std::fs::remove_file(at(path)).expect("the file");
    }
    symlink(outside.path().join("soft"), at("a.txt")).expect("a symbolic link");
    std::fs::hard_link(outside.path().join("hard"), at("deep/b.txt")).expect("a hard link");
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Left alone: a.txt: it is a symbolic link now");
    stage.shows("Left alone: deep/b.txt: it is a file with a second name (a hard link) now");
    for name in ["soft", "hard"] {
        let content = std::fs::read_to_string(outside.path().join(name)).expect("the file");
        assert_eq!(content, "precious");
    }
    assert!(stage.workspace.path().join("a.txt").is_symlink());
}

#[test]
fn s6_what_a_hook_made_of_a_file_goes_back_with_it() {
    let mut stage = Stage::start_with(writing(), |workspace| {
        let command = "cd \"$CLAUDE_PROJECT_DIR\" && echo formatted >> a.txt";
        let hooks = json!({"PostToolUse": [{"matcher": "write", "hooks": [{"type": "command", "command": command}]}]});
        workspace.home_file("hooks.json", json!({"hooks": hooks}).to_string());
    });
    stage.says("write the first");
    assert_eq!(stage.read("a.txt"), "one\nformatted\n");
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows("went back; what followed no longer counts");
    assert!(!stage.workspace.has("a.txt"), "it is no work of somebody else");
    stage.types("/redo");
    stage.shows("the rewind was taken back");
    assert_eq!(stage.read("a.txt"), "one\nformatted\n");
    stage.verify();
}

#[test]
fn s6_nothing_goes_back_while_a_turn_runs() {
    let gate = Gate::new();
    let script = Script::new()
        .turn(Turn::text("The first is done."))
        .turn(Turn::text("The second is done.").hold_after(0, &gate));
    let mut stage = Stage::start(script);
    stage.says("one");
    let to = stage.messages()[0];
    stage.types("two");
    stage.server.wait_for_requests(2, DEADLINE);
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Something runs: press Esc or wait");
    gate.open();
    stage.ends(2);
    assert!(stage.records_of("rewound").is_empty());
    stage.types(&format!("/rewind {} both", to + 1));
    stage.shows("is no message one can go back to");
}

#[test]
fn s6_a_rewind_that_was_killed_explains_itself_and_is_carried_to_its_end() {
    const FILES: usize = 300;
    let write = |turn: Turn, file: usize| {
        turn.call("write", json!({"path": format!("{file}.txt"), "content": format!("new {file}\n")}))
    };
    let script = Script::new()
        .turn((0..FILES).fold(Turn::text(""), write))
        .turn(Turn::text("It is done."))
        .turn(Turn::text("Here I am."));
    let mut stage = Stage::start(script);
    stage.says("write many");
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    let start = Instant::now();
    // Files go back in the order of their names, and the record comes after the last of them.
    while stage.workspace.has("0.txt") {
        assert!(start.elapsed() < DEADLINE, "nothing went back");
    }
    stage.running.signal(Signal::KILL);
    wait_until("the end of the program", || stage.running.has_ended());

    let session = stage.session();
    let is_ours = |record: &Value| record["call"].as_str().is_some_and(|call| call.starts_with("rewind-"));
    assert!(stage.records_of("checkpointed").iter().any(is_ours), "a file was replaced before it was kept");
    let was_whole = !stage.records_of("rewound").is_empty();
    let is_closed = stage.records_of("files_changed").iter().any(is_ours);
    stage.resume(&["resume", &session]);
    if !was_whole {
        stage.types(&format!("/rewind {to}"));
        if !is_closed {
            stage.shows("not covered: what `/rewind` changed: it was cut off");
        }
        stage.types(&format!("/rewind {to} both"));
        stage.shows("went back");
    }
    assert!((0..FILES).all(|file| !stage.workspace.has(format!("{file}.txt"))), "every file went back");
    stage.verify();
}

#[test]
fn s6_what_sub_agents_and_missions_changed_goes_back_too() {
    let tasks = |request: &Recorded| {
        let text = serde_json::to_string(request.messages()).expect("JSON");
        (
            text.contains("You are a sub-agent"),
            request.messages().iter().filter(|one| one["role"] == "tool").count(),
        )
    };
    let script = Script::responder(move |_, request| match tasks(request) {
        (true, 0) => Turn::text("").call("read", json!({"path": "a.txt"})),
        (true, 1) => Turn::text("").call("write", json!({"path": "a.txt", "content": "of the sub-agent\n"})),
        (false, 0) => {
            Turn::text("").call("task", json!({"description": "Write the file", "prompt": "write it"}))
        }
        (_, _) => Turn::text("It is done."),
    });
    let mut stage = Stage::start_with(script, |workspace| {
        workspace.file("a.txt", "old\n");
    });
    stage.says("have it written");
    assert_eq!(stage.read("a.txt"), "of the sub-agent\n");
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Put back: a.txt.");
    assert_eq!(stage.read("a.txt"), "old\n");
    stage.types("/redo");
    stage.shows("the rewind was taken back");
    assert_eq!(stage.read("a.txt"), "of the sub-agent\n");
    stage.verify();

    let workspace = logs();
    workspace.file("notes.md", "old\n");
    let (server, finished) = ran(
        &workspace,
        card_writing(&["report.md", "notes.md"]),
        "read('notes.md')\nwrite('notes.md', 'of the mission')",
    );
    let mut stage = Stage::resumed(workspace, server, &conversation(&finished));
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Put back: notes.md, report.md.");
    assert_eq!(stage.read("notes.md"), "old\n");
    assert!(!stage.workspace.has("report.md"));
    stage.verify();
}

#[test]
fn s6_esc_twice_on_the_screen_leads_back_to_a_message() {
    let workspace = workspace();
    let server = ModelServer::start(writing());
    let terminal = open_with(&workspace, &server, &["--mode", "yolo"]);
    terminal.send("write the first\r");
    terminal.wait_for_text("The first is done.");
    terminal.send("write the second\r");
    terminal.wait_for_text("The second is done.");
    for text in ["Esc again goes back", "rewind: to before which message?"] {
        terminal.send("\x1b");
        terminal.wait_for_text(text);
    }
    terminal.send("\r");
    terminal.wait_for_text("back with conversation and code");
    terminal.send("\r");
    for line in ["Go back now", "1 message of yours", "-two", "+one"] {
        terminal.wait_for_text(line);
    }
    terminal.send("\r");
    terminal.wait_gone("The second is done.");
    let screen = terminal.wait_for_text("Put back: a.txt, deep/b.txt.");
    let (row, _) = screen.find("write the second").expect("the message in the composer");
    assert!(row > screen.find("Put back").expect("the notice").0, "{}", screen.text());
    assert_eq!(workspace.read("a.txt"), "one\n");
}

#[test]
fn m4_both_branches_of_a_fork_go_on_and_it_outlives_the_other() {
    let script = Script::responder(|place, request| {
        let is_first = request.last_text("user").is_some_and(|text| text.contains("write"));
        let todos = json!({"todos": [{"text": "finish it", "status": "in_progress"}]});
        match place {
            0 if is_first => Turn::text("")
                .call("write", json!({"path": "a.txt", "content": "one\n"}))
                .call("todos", todos),
            _later => Turn::text(format!("Answer {place}.")),
        }
    });
    let mut stage = Stage::start(script);
    stage.says("write the first");
    let parent = stage.session();
    stage.types("/fork");
    stage.shows(&format!("forked from {parent}; /resume {parent} goes back to it"));
    let fork = stage.session();
    assert_ne!(fork, parent);
    let forked = &stage.records_of("forked")[0];
    assert_eq!((&forked["from"], &forked["parent"]), (&json!(parent), &json!(parent)));
    assert_eq!(forked["first"], forked["seq"], "what is before it is shared");

    // D5: the list is the fork's as well.
    stage.types("/todos");
    stage.shows("finish it");
    stage.says("in the fork");
    let on = stage.exec(&["--resume", &parent, "in the parent"]);
    on.expect_code(0);
    for session in [&parent, &fork] {
        stage.workspace.run(["replay", session, "--verify"]).with_code(0);
    }
    let texts = |session: &str| {
        let log = std::fs::read_to_string(stage.log_of(session)).expect("the log");
        (log.contains("in the fork"), log.contains("in the parent"))
    };
    assert_eq!((texts(&parent), texts(&fork)), ((false, true), (true, false)));

    // Alone, it has all it needs: what files were too.
    stage.workspace.run(["sessions", "remove", &parent]).with_code(0);
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows("went back");
    assert!(!stage.workspace.has("a.txt"));
    stage.verify();
}

#[test]
fn s10_a_session_goes_on_from_any_of_its_records() {
    let mut stage = two_messages();
    let session = stage.session();
    let records = stage.records();
    let place = |is_it: &dyn Fn(&Value) -> bool| {
        records.iter().find(|record| is_it(record)).expect("a record")["seq"].to_string()
    };
    // Between a call and its result, and between two turns.
    let within = place(&|record| record["type"] == "tool_returned");
    let between = stage.messages()[1].to_string();
    for at in [&within, &between] {
        let on = stage.exec(&["--json", "--resume", &session, "--at", at, "go on"]);
        on.expect_code(0);
        let fork = on.records_of("turn_ended")[0]["session"].as_str().expect("a session").to_owned();
        assert_ne!(fork, session);
        stage.workspace.run(["replay", &fork, "--verify"]).with_code(0);
    }
    let text = stage.last_request();
    assert!(text.contains("go on") && text.contains("write the first") && !text.contains("write the second"));
    let refused = stage.exec(&["--resume", &session, "--at", "9999", "go on"]);
    refused.expect_code(1);
    assert!(refused.stderr.contains("there is none before record 9999 to begin with"), "{}", refused.stderr);
    stage.exec(&["--fork", "go on"]).expect_code(2);
    stage.types("/quit");
}
