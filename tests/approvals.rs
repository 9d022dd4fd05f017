//! Approval cards: each answer does what its words say, and the rule that is saved is the rule that was shown.

use headwater_testkit::{ModelServer, Recorded, Script, Terminal, Turn};
use serde_json::{Value, json};

use crate::support::{open, open_with, sessions_directory, workspace};

/// A command that asks in Agent, and whose run can be seen from outside: it asks the model server itself.
fn reaching(request: &Recorded, path: &str) -> String {
    format!("curl -s http://{}/v1/{path}", request.header("host").expect("a host"))
}

/// A model that wants this path of its own server in every second request.
fn asking(path: &'static str) -> ModelServer {
    ModelServer::start(Script::responder(move |index, request| match index % 2 {
        0 => Turn::text("Look.").call("shell", json!({"command": reaching(request, path)})),
        _ => Turn::text(format!("Answer {}.", index / 2 + 1)),
    }))
}

/// What commands reached over the network.
fn reached(server: &ModelServer) -> Vec<String> {
    server
        .other_requests()
        .into_iter()
        .map(|request| request.path)
        .filter(|path| path.contains("look"))
        .collect()
}

/// What the model was told of its newest call.
fn told(server: &ModelServer) -> String {
    server.requests().last().and_then(|request| request.last_text("tool")).expect("a result")
}

const ASKED: &str = "=== keys\nlook<Enter>\n=== screen\nAPPROVE?\n[y] once";

#[test]
fn w3_w4_an_approval_that_nobody_gives_in_time_is_a_no_and_the_turn_goes_on() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open_with(&workspace, &server, &["-c", "limits.max_approval=1"]);
    terminal.keys("look<Enter>");
    terminal.wait_for_text("Answer 1.");
    assert!(told(&server).contains("nobody answered in time"), "{}", told(&server));
    assert_eq!(reached(&server), Vec::<String>::new(), "it never ran");
    assert!(!terminal.screen().contains("[y] once"), "the card is gone: {}", terminal.screen().text());
    // Nothing is left that a late key could answer.
    terminal.keys("again<Enter>");
    terminal.wait_for_text("Answer 2.");
    terminal.keys("<C-d>");
    let log = sessions_directory(&workspace);
    let session = std::fs::read_dir(log).expect("sessions").flatten().next().expect("a session");
    let log = std::fs::read_to_string(session.path().join("transcript.jsonl")).expect("a log");
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |kind: &str| records.iter().filter(|record| record["type"] == kind).collect::<Vec<_>>();
    assert_eq!(
        (&of("approval_given")[0]["by"], &of("approval_given")[0]["decision"]["kind"]),
        (&json!("nobody"), &json!("deny"))
    );
    assert_eq!(of("tool_returned")[0]["status"], "denied");
    assert!(of("turn_ended").iter().all(|end| end["reason"] == "done"), "{:?}", of("turn_ended"));
}

#[test]
fn no_with_a_reason_reaches_the_model_word_for_word() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open(&workspace, &server);
    terminal.play(ASKED);
    terminal.play(
        "=== keys
         n
         === screen
         ─ why not? — Enter tells the model, Esc goes back ─
         === keys
         <lt>tab>\\ \"quoted\" — 漢字, read the file instead<Enter>
         === screen
         ◆ denied: <tab>\\ \"quoted\" — 漢字, read the file instead
         Answer 1.
         What is to be done?",
    );
    assert_eq!(
        told(&server),
        "Error: Not run. The answer was: <tab>\\ \"quoted\" — 漢字, read the file instead"
    );
    assert_eq!(reached(&server), Vec::<String>::new());
}

#[test]
fn escape_leaves_the_reason_and_the_card_still_waits() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open(&workspace, &server);
    terminal.play(ASKED);
    terminal.play(
        "=== keys
         nbecause<Esc>
         === screen
         APPROVE?
         [y] once
         === keys
         n<Enter>
         === screen
         ◆ denied
         Answer 1.",
    );
    assert!(told(&server).starts_with("Error: The person said no."), "{}", told(&server));
}

#[test]
fn an_edited_call_is_what_runs_and_the_model_is_told() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open(&workspace, &server);
    terminal.play(ASKED);
    terminal.play(
        "=== keys
         e
         === screen
         ─ edit the call — Enter runs it, Esc goes back ─
         │ curl -s http://127.0.0.1:…/v1/look
         === keys
         <C-u>touch mine && echo edited<Enter>
         === screen
         ◆ edited  it reaches the network
         Answer 1.
         What is to be done?",
    );
    assert!(workspace.has("mine"));
    assert_eq!(reached(&server), Vec::<String>::new());
    let whole = server.requests()[1].body.to_string();
    assert!(whole.contains("touch mine && echo edited"), "{whole}");
}

#[test]
fn a_rule_for_the_session_holds_in_it_and_not_in_the_next() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open(&workspace, &server);
    terminal.play(ASKED);
    terminal.play("=== keys\ns\n=== screen\n◆ allowed for this session\nAnswer 1.\nWhat is to be done?");
    terminal.play("=== keys\nagain<Enter>\n=== screen\nAnswer 2.\nWhat is to be done?");
    terminal.play("=== keys\n<C-d>");
    terminal.wait_exit();
    open(&workspace, &server).play(ASKED);
    assert_eq!(reached(&server).len(), 2);
}

/// Opens the rules in force and waits for their page.
fn permissions(terminal: &Terminal) -> &Terminal {
    terminal.play("=== keys\n/permissions<Enter>\n=== screen\n─ permissions ─");
    terminal
}

#[test]
fn complaint_13_always_saves_the_rule_that_was_shown_until_it_is_withdrawn() {
    let (workspace, server) = (workspace(), asking("look"));
    let terminal = open(&workspace, &server);
    let screen = terminal.play(ASKED);
    let shown = screen.text();
    let (_, after) = shown.split_once("always in this project: ").expect("the exact rule");
    let rule = after.split_inclusive(')').next().expect("a rule").to_owned();
    terminal.play(
        "=== keys\na\n=== screen\n◆ allowed in this project, from now on\nAnswer 1.\nWhat is to be done?",
    );
    permissions(&terminal).wait_for_text(&format!("allow {rule}  project"));
    terminal.play("=== keys\n<Esc><C-d>");
    terminal.wait_exit();

    let second = open(&workspace, &server);
    second.play("=== keys\nagain<Enter>\n=== screen\nAnswer 2.\nWhat is to be done?");
    assert_eq!(reached(&server).len(), 2, "the rule held in a second process");
    permissions(&second).wait_for_text(&rule);
    second.play("=== keys\nx\n=== screen\nask   every call that reaches the network");
    let is_withdrawn = |screen: &headwater_testkit::Screen| !screen.text().contains("allow ");
    second.wait_for(is_withdrawn, "the rule withdrawn", headwater_testkit::DEADLINE);
    second.play("=== keys\n<Esc><C-d>");
    second.wait_exit();

    open(&workspace, &server).play(ASKED);
    assert_eq!(reached(&server).len(), 2, "a withdrawn rule asks again");
}

#[test]
fn another_project_knows_nothing_of_the_rule() {
    let (here, server) = (workspace(), asking("look"));
    let terminal = open(&here, &server);
    terminal.play(ASKED);
    terminal.play("=== keys\na\n=== screen\nAnswer 1.\nWhat is to be done?");
    let there = workspace();
    let mut command = crate::support::screen(&there, &server);
    command.env("HEADWATER_HOME", here.headwater_home());
    let terminal = Terminal::start(&command, 100, 30);
    terminal.play("=== screen\nWhat is to be done?");
    terminal.play(ASKED);
}

#[test]
fn policy_check_knows_the_rules_given_to_the_project() {
    let (workspace, server) = (workspace(), asking("look"));
    let command = format!("curl -s {}/look", server.base_url());
    let check = || workspace.run(["policy", "check", "--mode", "agent", "--", &command]);
    check().expect_code(3);
    let terminal = open(&workspace, &server);
    terminal.play(ASKED);
    terminal.play("=== keys\na\n=== screen\nAnswer 1.\nWhat is to be done?");
    let finished = check();
    finished.expect_code(0);
    assert!(finished.stdout.contains("Bash(curl "), "{}", finished.stdout);
}
