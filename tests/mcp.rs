//! MCP servers on the surface: added, listed, probed, called under the rules, brought by a project, logged in to.

mod failing;
mod handed_on;
mod login;
mod manage;
mod project;
mod screen;

use std::time::Duration;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support;

const LONG: Duration = headwater_testkit::DEADLINE;

/// The server of these tests, in Python.
const SERVER: &str = include_str!("mcp/server.py");

/// A workspace whose person has the server, under the name `echo`, with these further lines of settings.
fn with_server(settings: &str) -> Workspace {
    let workspace = support::workspace();
    workspace.home_file("server.py", SERVER);
    let script = workspace.headwater_home().join("server.py");
    let command = json!(["python3", script]);
    workspace.home_file("config.toml", format!("[mcp.echo]\ncommand = {command}\n{settings}"));
    workspace
}

/// How often a server was started, by the mark that it leaves beside itself.
fn starts(directory: &std::path::Path) -> usize {
    std::fs::read_to_string(directory.join("started.txt")).map_or(0, |text| text.lines().count())
}

/// Has the listing of a server kept, so that its tools stand in requests by their names.
#[track_caller]
fn probe(workspace: &Workspace, name: &str) -> Finished {
    let finished = spawn(workspace.command().args(["mcp", "probe", name])).finish(LONG);
    finished.expect_code(0);
    finished
}

/// A model that makes one call, and then answers.
fn calling(tool: &str, input: Value) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("").call(tool, input)).turn(Turn::text("Done.")))
}

fn answering(text: &str) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text(text)).repeat_last())
}

fn exec(workspace: &Workspace, server: &ModelServer) -> Finished {
    spawn(support::exec(workspace, server).args(["--json", "go"])).finish(LONG)
}

/// What the model was told of its newest call.
fn told(server: &ModelServer) -> String {
    server.requests().last().and_then(|request| request.last_text("tool")).expect("a result")
}

#[test]
fn s7_a_tool_of_a_server_runs_by_a_rule_and_is_denied_without_one() {
    for (rules, expected) in [
        ("[permissions]\nallow = [\"mcp__echo__say\"]\n", "you said hello"),
        ("", "nobody is here to approve it"),
        ("[permissions]\ndeny = [\"mcp__echo__*\"]\nallow = [\"mcp__echo__say\"]\n", "mcp__echo__"),
    ] {
        let workspace = with_server(rules);
        probe(&workspace, "echo");
        let server = calling("mcp__echo__say", json!({"text": "hello"}));
        let finished = exec(&workspace, &server);
        finished.expect_code(0);
        let told = told(&server);
        assert!(told.contains(expected), "{told}");
        let returned = finished.records_of("tool_returned").pop().expect("a result");
        assert_eq!(returned["is_error"], json!(!expected.starts_with("you said")), "{returned}");
    }
}

#[test]
fn s7_in_the_first_session_a_tool_is_reached_by_its_name_through_one_that_is_always_there() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    let call = json!({"action": "call", "tool": "mcp__echo__say", "arguments": {"text": "there"}});
    let server = calling("mcp", call);
    exec(&workspace, &server).expect_code(0);
    assert!(told(&server).contains("you said there"), "{}", told(&server));
}

#[test]
fn s7_a_server_gets_the_variables_that_are_named_and_no_other_credential() {
    let rules =
        "env = [\"NAMED_TOKEN\"]\n[permissions]\nallow = [\"mcp__echo__*\"]\n[output]\nredact = false\n";
    for (name, expected) in [("NAMED_TOKEN", "'one'"), ("OTHER_TOKEN", "None"), ("OPENAI_API_KEY", "None")] {
        let workspace = with_server(rules);
        let variables = [("NAMED_TOKEN", "one"), ("OTHER_TOKEN", "two"), ("OPENAI_API_KEY", "three")];
        let probed = spawn(workspace.command().envs(variables).args(["mcp", "probe", "echo"])).finish(LONG);
        probed.expect_code(0);
        let server = calling("mcp__echo__env", json!({"name": name}));
        spawn(support::exec(&workspace, &server).envs(variables).arg("go")).finish(LONG).expect_code(0);
        assert!(told(&server).contains(expected), "{name}: {}", told(&server));
    }
}

#[test]
fn s7_no_session_waits_for_a_server() {
    let workspace = with_server("[mcp.quiet]\ncommand = [\"sleep\", \"86417\"]\nstart_timeout = 86400\n");
    let server = answering("Fine.");
    let finished = exec(&workspace, &server);
    finished.expect_code(0);
    assert!(support::sleeping("86417").is_empty(), "the server outlived its session");
}

#[test]
fn s7_a_server_is_told_that_the_session_ends_and_may_end_by_itself() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    let call = json!({"action": "call", "tool": "mcp__echo__say", "arguments": {"text": "x"}});
    exec(&workspace, &calling("mcp", call)).expect_code(0);
    assert_eq!(starts(&workspace.headwater_home()), 1);
    assert!(workspace.headwater_home().join("ended.txt").exists(), "it was ended before it could end");
}

#[test]
fn s7_an_eval_starts_no_server_of_the_person() {
    let workspace = with_server("");
    let oracle = answering("Fine.");
    let suite = "name = \"plain\"\n[[task]]\nid = \"one\"\nkind = \"exec\"\nprompt = \"go\"\nverify = [{ answer_matches = \"Fine\" }]\n";
    workspace.file("plain.toml", suite);
    let mut command = workspace.command();
    command.args(["eval", "run", "plain.toml"]);
    support::point_at(&mut command, &oracle);
    spawn(&mut command).finish(LONG).expect_code(0);
    assert_eq!(starts(&workspace.headwater_home()), 0);
}

#[test]
fn s7_what_a_server_starts_starts_no_servers() {
    let workspace = with_server("");
    let server = answering("Fine.");
    let mut command = support::exec(&workspace, &server);
    spawn(command.env("HEADWATER_WITHIN_SERVER", "1").arg("go")).finish(LONG).expect_code(0);
    assert_eq!(starts(&workspace.headwater_home()), 0);
}
