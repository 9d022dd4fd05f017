//! Sub-agents on the screen and in lines: followed, asked about, cancelled.

use std::process::Command;

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, Fault, Gate, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use super::{LONG, logs, model, results, task, task_of};
use crate::support::{self, open_with, workspace};

/// The screen with two sub-agents: one that stalls after its first step, one that is done.
fn two(workspace: &Workspace) -> ModelServer {
    workspace.file("a.txt", "x");
    model(vec![task("explore", "hang"), task("general", "quick")], |task, results| match (task, results) {
        ("hang", 0) => Turn::text("I begin.").call("list", json!({})),
        ("hang", _) => Turn::fault(Fault::Stall),
        _ => Turn::text("The quick report."),
    })
}

#[test]
fn d2_one_sub_agent_is_cancelled_from_the_tree_and_the_turn_goes_on() {
    let workspace = workspace();
    let server = two(&workspace);
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         explore The task hang … step 2
         ✓ general The task quick … 1 step
         1 sub-agent
         === keys
         <C-t>
         === screen
         SUB-AGENTS ── 2 · 1 running
         ● explore The task hang · step 2
         ✓ general The task quick · 1 step
         === keys
         x
         === screen
         ⊘ explore The task hang",
    );
    terminal.keys("<Down><Enter>");
    terminal.wait_for_text("The quick report.");
    terminal.keys("<Esc>");
    terminal.wait_for_text("All reports are in.");
    let last = server.requests().pop().expect("a request");
    let reports: Vec<String> = last
        .messages()
        .iter()
        .filter(|said| said["role"] == "tool")
        .map(|said| said["content"].as_str().expect("a text").to_owned())
        .collect();
    assert!(reports[0].contains("did not finish: it was cancelled"), "{reports:?}");
    assert_eq!(reports[1], "The quick report.");
    // Details show the reports in the transcript too.
    terminal.keys("<C-o>");
    terminal.wait_for_text("The last it said:");
}

#[test]
fn d2_escape_ends_the_turn_and_every_sub_agent() {
    let workspace = workspace();
    let server = two(&workspace);
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         explore The task hang … step 2
         === keys
         <Esc>
         === screen
         ⊘ explore The task hang
         What is to be done?",
    );
    let ended = || logs(&workspace).iter().all(|(_, log)| log.contains("\"type\":\"turn_ended\""));
    support::wait_until("all logs to have their end", ended);
    let logs = logs(&workspace);
    let parent = logs.iter().find(|(_, log)| !log.contains("You are a sub-agent")).expect("a conversation");
    let returned = parent.1.lines().filter(|line| line.contains("\"type\":\"subagent_returned\"")).count();
    assert_eq!(returned, 2);
    assert_eq!(parent.1.lines().filter(|line| line.contains("\"type\":\"tool_returned\"")).count(), 2);
}

/// A model whose sub-agent reaches for the network once.
fn looking() -> ModelServer {
    ModelServer::start(Script::responder(move |_, request| {
        let command = format!("curl -s http://{}/v1/look", request.header("host").expect("a host"));
        match (task_of(request), results(request)) {
            (Some(_), 0) => Turn::text("").call("shell", json!({"command": command})),
            (Some(_), _) => Turn::text("I have looked."),
            (None, 0) => Turn::text("").call("task", task("general", "look")),
            (None, _) => Turn::text("All reports are in."),
        }
    }))
}

#[test]
fn d2_what_a_sub_agent_asks_of_the_person_names_it_and_waits_for_the_answer() {
    let workspace = workspace();
    let server = looking();
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         waits for you
         APPROVE? ── general: shell ── 1 of 1
         [y] once
         === keys
         y
         === screen
         ✓ general The task look … 2 steps
         ◆ allowed once  general:
         All reports are in.",
    );
    assert!(server.other_requests().iter().any(|request| request.path.contains("look")));
}

#[test]
fn d6_a_rule_that_a_sub_agent_is_given_for_the_session_holds_for_the_conversation_too() {
    let workspace = workspace();
    let server = looking();
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         APPROVE? ── general: shell ── 1 of 1
         [s] this session
         === keys
         s
         === screen
         All reports are in.",
    );
    let logs = logs(&workspace);
    let with = |mark: &str| logs.iter().filter(|(_, log)| log.contains(mark)).count();
    let given = (with("\"rules\":[\"Bash("), with("\"type\":\"rule_added\""));
    assert_eq!(given, (1, 1), "the sub-agent's log, and the conversation's, which is resumed");
}

#[test]
fn d2_linear_output_names_the_sub_agent_and_what_it_asks() {
    let workspace = workspace();
    let server = model(vec![task("general", "clean")], |_, results| match results {
        0 => Turn::text("").call("shell", json!({"command": "rm -rf src"})),
        _ => Turn::text("It stays."),
    });
    workspace.file("src/a.txt", "x");
    let mut command: Command = support::screen(&workspace, &server);
    let mut running = spawn(command.args(["--plain", "go"]));
    running.wait_for_stdout("the menu", DEADLINE, |text| text.contains("general, shell: rm -rf src"));
    let said = running.stdout();
    assert!(said.contains("Approval needed: general: it deletes src"), "{said}");
    running.write("5\n");
    running.wait_for_stdout("the reason", DEADLINE, |text| text.contains("Why not?"));
    running.write("\n");
    running.wait_for_stdout("the end", DEADLINE, |text| text.contains("All reports are in."));
    let finished = running.finish(LONG);
    assert!(finished.stdout.contains("Sub-agent: general The task clean (2 steps"), "{}", finished.stdout);
    assert!(workspace.has("src/a.txt"));
}

#[test]
fn complaint_10_a_hundred_sub_agents_leave_the_screen_alive() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nparallel = 8\n");
    let tasks: Vec<Value> = (0..100).map(|number| task("explore", &format!("n{number:03}"))).collect();
    let gate = Gate::new();
    let held = gate.clone();
    let server = model(tasks, move |task, results| match results {
        0..3 => Turn::text("").call("glob", json!({"pattern": format!("{task}*{results}")})),
        _ => Turn::text("Done.").hold_after(0, &held),
    });
    let terminal = open_with(&workspace, &server, &[]);
    terminal.keys("go<Enter>");
    terminal.wait_for_text("8 sub-agents");
    terminal.wait_for_text("queued");
    // Keys are taken while they work and wait.
    terminal.keys("still here");
    terminal.wait_for_text("still here");
    terminal.keys("<C-t>");
    terminal.wait_for_text("8 running");
    terminal.keys("x");
    terminal.wait_for_text("⊘ explore");
    terminal.keys("<Esc>");
    gate.open();
    terminal.wait_for_text("All reports are in.");
    let last = server.requests().pop().expect("a request");
    assert_eq!(results(&last), 100);
}
