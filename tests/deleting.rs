//! Deleting files (HARNESS B5): what stood before the session goes after a yes only, in whatever form; what the session made
//! itself goes without.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _};

/// Ways to delete `a.txt`, each with the rule that asks.
const FORMS: &str = include_str!("../crates/policy/tests/policy/deletions.table");

fn forms() -> Vec<(&'static str, String)> {
    let lines = FORMS.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let parted = lines.map(|line| line.split_once(" | ").expect("a rule and a command"));
    parted.map(|(rule, command)| (rule, command.replace('⏎', "\n"))).collect()
}

fn workspace() -> Workspace {
    let workspace = support::workspace().with_failing_test();
    workspace.file("a.txt", "a\n");
    workspace.file("keep/b.txt", "b\n");
    workspace
}

fn shell(command: &str) -> Turn {
    Turn::text("").call("shell", json!({ "command": command }))
}

/// Plays these messages of the model without a person.
fn played(workspace: &Workspace, turns: Vec<Turn>, arguments: &[&str]) -> Finished {
    let script = turns.into_iter().fold(Script::new(), Script::turn);
    let server = ModelServer::start(script.turn(Turn::text("Done.")).repeat_last());
    let mut command = support::exec(workspace, &server);
    spawn(command.args(["--json"]).args(arguments).arg("go")).finish(DEADLINE)
}

/// Status and text of each result.
fn results(finished: &Finished) -> Vec<(String, String)> {
    let results = finished.records_of("tool_returned");
    let text = |result: &Value, field: &str| result[field].as_str().unwrap_or_default().to_owned();
    results.iter().map(|result| (text(result, "status"), text(result, "text"))).collect()
}

#[test]
fn b5_a_file_is_deleted_in_none_of_more_than_a_hundred_forms_without_a_yes() {
    let workspace = workspace();
    let forms = forms();
    assert!(forms.len() >= 140);
    // The forms come from one message: a model that is denied step after step would be stopped.
    let all = forms
        .iter()
        .fold(Turn::text(""), |turn, (_, command)| turn.call("shell", json!({ "command": command })));
    let finished = played(&workspace, vec![all], &[]);
    let results = results(&finished);
    assert_eq!(results.len(), forms.len(), "each call has its one result");
    for ((rule, command), (status, text)) in forms.iter().zip(&results) {
        assert_eq!(status, "denied", "{command}: {text}");
        assert!(text.contains("nobody is here to approve it"), "{command}: {text}");
        assert!(text.contains(&format!("(rule: built-in: {rule})")), "{command}: {text}");
    }
    assert_eq!(workspace.read("a.txt"), "a\n");
    assert_eq!(workspace.read("keep/b.txt"), "b\n");
}

#[test]
fn b5_what_the_session_made_goes_without_a_question_and_what_it_moved_does_not() {
    let workspace = workspace();
    let write = |path: &str| Turn::text("").call("write", json!({"path": path, "content": "mine\n"}));
    let turns = vec![
        write("made.txt"),
        shell("rm made.txt"),
        shell("echo one > log.txt; echo two >> log.txt"),
        shell("rm log.txt not-there.txt"),
        // What a file held that was there before is not the session's own under another name.
        shell("mv a.txt moved.txt"),
        shell("rm moved.txt"),
        write("mine.txt"),
        shell("mv mine.txt keep/b.txt"),
        shell("mv keep/b.txt mine.txt && rm mine.txt"),
    ];
    let finished = played(&workspace, turns, &[]);
    let statuses: Vec<String> = results(&finished).into_iter().map(|(status, _)| status).collect();
    let expected = ["ran", "ran", "ran", "ran", "ran", "denied", "ran", "denied", "denied"];
    assert_eq!(statuses, expected, "{}", finished.stdout);
    assert!(!workspace.has("made.txt") && !workspace.has("log.txt"));
    assert_eq!(workspace.read("moved.txt"), "a\n");
    assert_eq!(workspace.read("keep/b.txt"), "b\n");
    assert_eq!(finished.records_of("approval_requested").len(), 3);
}

#[test]
fn b5_what_a_call_of_the_same_message_moves_there_is_not_taken_for_absent() {
    let workspace = workspace();
    let run = |turn: Turn, command: &str| turn.call("shell", json!({ "command": command }));
    let pair = |first: &str, second: &str| run(run(Turn::text(""), first), second);
    let turns = vec![
        pair("mv a.txt moved.txt", "rm moved.txt"),
        pair("echo one > log.txt", "rm log.txt"),
        pair("mv keep/b.txt c.txt; cp c.txt d.txt", "mv d.txt c.txt"),
        shell("echo in the way > keep/moved.txt"),
        shell("mv keep/*.txt ."),
    ];
    let finished = played(&workspace, turns, &[]);
    let statuses: Vec<String> = results(&finished).into_iter().map(|(status, _)| status).collect();
    // What was denied is told before the calls of its message that ran.
    let expected = ["denied", "ran", "ran", "ran", "denied", "ran", "ran", "denied"];
    assert_eq!(statuses, expected, "{}", finished.stdout);
    assert_eq!((workspace.read("c.txt"), workspace.read("moved.txt")), ("b\n".into(), "a\n".into()));
}

#[test]
fn b5_what_somebody_else_has_written_since_is_not_the_sessions_own() {
    let workspace = workspace();
    let command = |name: &str| json!({"command": format!("rm {name}.txt")});
    let path = workspace.path().join("mine.txt");
    let server = ModelServer::start(Script::responder(move |index, _| match index {
        0 => Turn::text("").call("write", json!({"path": "mine.txt", "content": "mine\n"})),
        1 => {
            std::fs::write(&path, "of the person\n").expect("the file is written");
            Turn::text("").call("shell", command("mine"))
        }
        _ => Turn::text("Done."),
    }));
    let finished = spawn(support::exec(&workspace, &server).args(["--json", "go"])).finish(DEADLINE);
    let results = results(&finished);
    assert_eq!(results[1].0, "denied", "{}", results[1].1);
    assert_eq!(workspace.read("mine.txt"), "of the person\n");
}

#[test]
fn b5_yolo_deletes_files_and_a_rule_of_the_person_lets_them_go() {
    for (arguments, status) in [
        (&["--mode", "yolo"][..], "ran"),
        (&["-c", "permissions.allow=[\"Delete(*.txt)\"]"][..], "ran"),
        (&["-c", "permissions.allow=[\"Delete(*.o)\"]"][..], "denied"),
        (&["--mode", "yolo", "-c", "permissions.deny=[\"Delete(a.txt)\"]"][..], "denied"),
    ] {
        let workspace = workspace();
        let finished = played(&workspace, vec![shell("rm a.txt")], arguments);
        assert_eq!(results(&finished)[0].0, status, "{arguments:?}: {}", finished.stdout);
        assert_eq!(workspace.has("a.txt"), status == "denied", "{arguments:?}");
    }
}

#[test]
fn b5_one_yes_for_the_session_covers_what_is_named_and_no_tree() {
    let workspace = workspace();
    let commands = ["rm a.txt", "git rm -q --cached keep/b.txt; rm keep/b.txt", "rm -r src"];
    let server = ModelServer::start(Script::responder(move |index, _| {
        commands.get(index).map_or_else(|| Turn::text("Tidy."), |command| shell(command))
    }));
    let terminal = support::open(&workspace, &server);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         APPROVE?
         it deletes a.txt
         Delete(./**)
         === keys
         s
         === screen
         it deletes src with all it holds
         [y] once
         === keys
         n<Enter>
         === screen
         Tidy.",
    );
    assert!(!workspace.has("a.txt") && !workspace.has("keep/b.txt") && workspace.has("src/add.sh"));
}

#[test]
fn b5_policy_check_says_what_is_there_and_would_go() {
    let workspace = workspace();
    for (command, code, part) in [
        ("rm a.txt", 3, "built-in: deletes files"),
        ("rm not-there.txt", 0, "built-in: confined to the workspace"),
        ("mv a.txt keep/b.txt", 3, "it replaces keep/b.txt"),
        ("mv a.txt free.txt", 0, "it moves files"),
    ] {
        let finished = workspace.run(["policy", "check", "--mode", "agent", "--", command]).with_code(code);
        assert!(finished.stdout.contains(part), "{command}: {}", finished.stdout);
    }
}
