//! Rules that a project brings (HARNESS S3): those which open everything of a kind set how much is asked, and want a yes of their
//! own.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support::{self, WithCode as _, exec, screen};

/// A model that deletes a file which was there before.
fn deleting() -> ModelServer {
    ModelServer::start(Script::responder(|index, _| match index % 2 {
        0 => Turn::text("").call("shell", json!({"command": "rm a.txt"})),
        _ => Turn::text("Tidy."),
    }))
}

fn workspace(rules: &str) -> Workspace {
    let workspace = support::workspace();
    workspace.file("a.txt", "a\n");
    workspace.file(".headwater/config.toml", format!("[permissions]\nallow = {rules}\n"));
    workspace
}

fn run(workspace: &Workspace, server: &ModelServer) -> Finished {
    spawn(exec(workspace, server).args(["--json", "go"])).finish(DEADLINE)
}

/// Trusts the directory, and says this to its rules.
fn trusting(workspace: &Workspace, server: &ModelServer, to_rules: &str) {
    let terminal = Terminal::start(&screen(workspace, server), 100, 30);
    terminal.wait_for_text("Do you trust it");
    terminal.keys("y<Enter>");
    terminal.wait_for_text("Are they to hold here until they change?");
    let screen = terminal.screen().text();
    assert!(screen.contains("\n  Bash\n") || screen.contains("  Bash "), "the rule is shown: {screen}");
    assert!(!screen.contains("  Bash(git status *)"), "and no other: {screen}");
    terminal.keys(&format!("{to_rules}<Enter>"));
    terminal.wait_for_text("What is to be done?");
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

#[test]
fn s3_rules_of_a_project_that_open_everything_hold_after_a_yes_to_exactly_these() {
    let (workspace, server) = (workspace("[\"Bash\", \"Bash(git status *)\"]"), deleting());
    trusting(&workspace, &server, "n");
    let finished = run(&workspace, &server);
    assert_eq!(finished.records_of("tool_returned")[0]["status"], "denied", "{}", finished.stdout);
    assert!(finished.stderr.contains("do not without a yes of yours: Bash ("), "{}", finished.stderr);
    assert!(workspace.has("a.txt"));

    // Nobody is there to be asked; the digest says which rules are meant.
    let refused = workspace.run(["policy", "approve"]).with_code(2);
    let digest = refused.stderr.split_whitespace().find(|word| word.len() == 64).expect("a digest");
    workspace.run(["policy", "approve", "--digest", &digest.replace(|_| true, "0")]).with_code(2);
    assert!(workspace.has("a.txt"));
    workspace.run(["policy", "approve", "--digest", digest]).with_code(0);
    workspace.run(["policy", "approve"]).with_code(0);
    let finished = run(&workspace, &server);
    assert_eq!(finished.records_of("tool_returned")[0]["status"], "ran", "{}", finished.stdout);
    assert!(!workspace.has("a.txt") && !finished.stderr.contains("without a yes"), "{}", finished.stderr);
}

#[test]
fn s3_a_yes_with_the_trust_holds_and_ends_with_a_change_of_the_rules() {
    let (workspace, server) = (workspace("[\"Bash\"]"), deleting());
    trusting(&workspace, &server, "y");
    let finished = run(&workspace, &server);
    assert_eq!(finished.records_of("tool_returned")[0]["status"], "ran", "{}", finished.stdout);
    workspace.file("a.txt", "a\n");
    workspace.file(".headwater/config.toml", "[permissions]\nallow = [\"Bash\", \"Edit\"]\n");
    trusting(&workspace, &server, "n");
    let finished = run(&workspace, &server);
    assert_eq!(finished.records_of("tool_returned")[0]["status"], "denied", "{}", finished.stdout);
    assert!(workspace.has("a.txt"));
}
