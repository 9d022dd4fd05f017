//! Plain lines: what a screen reader, a pipe and a dumb terminal get.

use headwater_testkit::{ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support::{screen, workspace};

/// A model that asks, searches, writes and is stopped before it destroys.
fn asking() -> Script {
    let todos =
        json!({"todos": [{"text": "look", "status": "completed"}, {"text": "fix", "status": "pending"}]});
    Script::new()
        .turn(
            Turn::text("# First\n\nI **ask**.")
                .thinking("Which one?")
                .call("todos", todos)
                .call("read", json!({"path": "src/add.sh", "offset": 2, "limit": 3}))
                .call("ask_user", json!({"question": "Which branch?", "options": ["main", "next"]})),
        )
        .turn(Turn::text("Away.").call("shell", json!({"command": "printf '\\033[31mred\\n' && rm -rf src"})))
        .turn(Turn::text("It stays."))
}

/// Plays the whole session on a terminal, and returns everything that arrived there.
#[track_caller]
fn played(terminal: &Terminal) -> String {
    terminal.play(
        "=== screen
         headwater, AGENT mode
         === keys
         clean up<Enter>
         === screen
         Tool: todos 1 of 2 done. Done.
         Tool: read src/add.sh:2-4. Done.
         Question: Which branch?
         1 main
         2 next
         Type a number, or your own words:
         === keys
         2<Enter>
         === screen
         Answer: next
         Approval needed: it deletes src with all it holds. Rule: built-in: destructive.
         1 yes once
         4 edit
         5 no
         Approval 1 of 1. Type a number:
         === keys
         5<Enter>
         === screen
         Why not? Type a reason, or an empty line.
         === keys
         it is needed<Enter>
         === screen
         Approval denied: it is needed.
         It stays.
         === keys
         /quit<Enter>",
    );
    assert_eq!(terminal.wait_exit().code, 0);
    String::from_utf8_lossy(&terminal.bytes_written()).into_owned()
}

fn check(shown: &str) {
    assert!(!shown.contains('\x1b'), "a control sequence: {shown:?}");
    assert!(!shown.contains(".."), "a sentence ends twice: {shown}");
    for line in ["1 main", "2 next"] {
        assert_eq!(shown.lines().filter(|shown| shown.trim() == line).count(), 1, "{line}: {shown}");
    }
}

fn project() -> Workspace {
    workspace().with_failing_test()
}

#[test]
fn a_dumb_terminal_gets_lines_without_any_control_sequence() {
    let workspace = project();
    let server = ModelServer::start(asking());
    let mut command = screen(&workspace, &server);
    check(&played(&Terminal::start(command.env("TERM", "dumb"), 100, 40)));
}

#[test]
fn a_pipe_gets_lines_without_any_control_sequence() {
    let workspace = project();
    let server = ModelServer::start(asking());
    let program = screen(&workspace, &server);
    let mut command = workspace.sealed("sh");
    command.args(["-c", "\"$@\" | cat", "sh"]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    check(&played(&Terminal::start(&command, 100, 40)));
}

#[test]
fn an_edited_call_is_given_up_with_an_empty_line() {
    let workspace = project();
    let call = json!({"command": "rm -rf src"});
    let server = ModelServer::start(
        Script::new().turn(Turn::text("Away.").call("shell", call)).turn(Turn::text("It stays.")),
    );
    let terminal = Terminal::start(screen(&workspace, &server).arg("--plain"), 100, 40);
    terminal.play(
        "=== screen
         headwater, AGENT mode
         === keys
         clean up<Enter>
         === screen
         Approval 1 of 1. Type a number:
         === keys
         4<Enter>
         === screen
         or an empty line to go back
         === keys
         <Enter>5<Enter>
         === screen
         Why not? Type a reason, or an empty line.
         === keys
         <Enter>
         === screen
         It stays.",
    );
    assert!(workspace.has("src"));
}
