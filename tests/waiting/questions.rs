//! A question that the model asks outlives its process, and a yes with its rules is one fact of the log.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use super::{
    answer, assert_whole, cut_behind, leave, lines, of, only_session, records, results, resume, told,
};
use crate::support::{exec, open, session_of, workspace};

/// A model that asks for a colour, then makes a file in the same message.
fn asking() -> ModelServer {
    ModelServer::start(Script::responder(|_, request: &Recorded| {
        if results(request) > 0 {
            return Turn::text("Answered.");
        }
        let question = json!({"question": "Which colour?", "options": ["red", "blue"]});
        let make = json!({"command": "echo made >> made.txt"});
        Turn::text("").call("ask_user", question).call("shell", make)
    }))
}

fn asked(workspace: &Workspace, server: &ModelServer, session: &str) -> Terminal {
    let terminal = Terminal::start(&resume(workspace, server, session, &[]), 100, 30);
    terminal.wait_for_text("Which colour?");
    terminal.wait_for_text("blue");
    terminal
}

#[test]
fn w3_a_question_outlives_its_process_however_that_ends_and_is_asked_again() {
    let (workspace, server) = (workspace(), asking());
    let first = open(&workspace, &server);
    first.keys("go<Enter>");
    first.wait_for_text("Which colour?");
    first.keys("<C-d>");
    first.wait_exit();
    let session = only_session(&workspace);
    for signal in [Signal::KILL, Signal::TERM] {
        let next = asked(&workspace, &server, &session);
        next.signal(signal);
        next.wait_exit();
        assert_whole(&workspace, &session);
    }
    let listed = workspace.run(["sessions", "list"]);
    assert!(listed.stdout.contains("[waits for an answer] go"), "{}", listed.stdout);
    let shown = workspace.run(["sessions", "show", &session]);
    let line = "Waits for an answer: the model asks: Which colour? [red | blue]";
    assert!(shown.stdout.contains(line), "{}", shown.stdout);
    assert!(!workspace.has("made.txt"), "what stands behind the question has not run");

    let last = asked(&workspace, &server, &session);
    last.keys("green<Enter>");
    last.wait_for_text("Answered.");
    last.keys("<C-d>");
    last.wait_exit();
    assert_eq!(told(&server)[0], "The person answers: green");
    assert_eq!(workspace.read("made.txt"), "made\n", "once");
    assert_eq!(server.requests().len(), 2, "the model is not asked while its question waits");
    let records = records(&workspace, &session);
    for (kind, count) in [("question_asked", 1), ("turn_started", 1), ("turn_ended", 1), ("tool_returned", 2)]
    {
        assert_eq!(of(&records, kind).len(), count, "{kind}");
    }
    assert_eq!(of(&records, "repaired"), Vec::<&Value>::new());
    assert_whole(&workspace, &session);
    let listed = workspace.run(["sessions", "list"]);
    assert!(!listed.stdout.contains("waits"), "{}", listed.stdout);
}

#[test]
fn w3_a_question_is_answered_from_another_process_without_a_screen() {
    let (workspace, server) = (workspace(), asking());
    let run = leave(&workspace, &server, &[]);
    run.expect_code(3);
    let session = session_of(&lines(&run));
    let newest: Value = serde_json::from_str(lines(&run).last().expect("a line")).expect("JSON");
    assert_eq!(newest["type"], "question_asked", "the turn has no end yet");
    assert!(run.stderr.contains("the model asks: Which colour?"), "{}", run.stderr);
    assert!(run.stderr.contains("--answer TEXT"), "{}", run.stderr);
    assert_whole(&workspace, &session);
    for (more, part) in [
        (vec!["--approve"], "no call waits for a yes"),
        (vec!["--deny", "--reason", "no"], "no call waits for a yes"),
    ] {
        let wrong = answer(&workspace, &server, &session, &more);
        wrong.expect_code(2);
        assert!(wrong.stderr.contains(part) && wrong.stderr.contains("Which colour?"), "{}", wrong.stderr);
    }
    let mut other = exec(&workspace, &server);
    let refused = spawn(other.args(["--resume", &session, "something else"])).finish(DEADLINE);
    refused.expect_code(2);

    let again = answer(&workspace, &server, &session, &["--answer", "the <blue> one"]);
    again.expect_code(0);
    assert_eq!(again.stdout, "Answered.\n");
    assert_eq!(told(&server)[0], "The person answers: the <blue> one");
    assert_eq!(workspace.read("made.txt"), "made\n");
    assert_eq!(of(&records(&workspace, &session), "question_asked").len(), 1);
    assert_whole(&workspace, &session);
    let none = answer(&workspace, &server, &session, &["--answer", "x"]);
    none.expect_code(2);
}

#[test]
fn w3_an_answer_is_none_to_a_call_that_wants_a_yes() {
    let (workspace, server) = (workspace(), super::wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &super::ASK)));
    let wrong = answer(&workspace, &server, &session, &["--answer", "yes"]);
    wrong.expect_code(2);
    assert!(wrong.stderr.contains("no question waits"), "{}", wrong.stderr);
    assert!(!workspace.has("once.txt"));
}

#[test]
fn d6_a_yes_for_the_session_holds_where_the_process_ended_right_behind_it() {
    let server = ModelServer::start(Script::responder(|index, _| match index {
        0 => Turn::text("").call("shell", json!({"command": "rm -f a.txt"})),
        2 | 4 => Turn::text("").call("shell", json!({"command": "rm b.txt"})),
        _ => Turn::text(format!("Answer {index}.")),
    }));
    let workspace = workspace();
    workspace.file("a.txt", "a\n");
    workspace.file("b.txt", "b\n");
    let first = open(&workspace, &server);
    first.play("=== keys\ngo<Enter>\n=== screen\nDelete(./**)\n=== keys\ns\n=== screen\nAnswer 1.");
    first.keys("<C-d>");
    first.wait_exit();
    let session = only_session(&workspace);
    let whole = records(&workspace, &session);
    assert_eq!(of(&whole, "approval_given")[0]["rules"], json!(["Delete(./**)"]));
    assert_eq!(of(&whole, "rule_added"), Vec::<&Value>::new(), "the yes and its rule are one record");

    cut_behind(&workspace, &session, "approval_given");
    let next = Terminal::start(&resume(&workspace, &server, &session, &[]), 100, 30);
    // The turn goes on by itself: its call has its yes. The model is at its third request by then.
    next.wait_for_text("Answer 3.");
    assert!(!workspace.has("b.txt"), "the rule held without another question");
    next.keys("<C-d>");
    next.wait_exit();
    assert_eq!(of(&records(&workspace, &session), "approval_requested").len(), 1);
}
