//! Servers that a project brings: none runs before a yes to exactly that.

use headwater_testkit::Workspace;
use headwater_testkit::workspace::spawn;
use serde_json::{Value, json};

use super::{LONG, SERVER, answering, calling, exec, starts, told, with_server};
use crate::support::{self, WithCode as _};

/// A project that brings a server of its own.
fn bringing() -> Workspace {
    let workspace = support::workspace();
    workspace.file("server.py", SERVER);
    workspace.file(".mcp.json", file(&["server.py"]));
    workspace
}

fn file(arguments: &[&str]) -> String {
    json!({"mcpServers": {"theirs": {
        "command": "python3", "args": arguments, "env": {"TOKEN": "${TOKEN}", "PATH": "/tmp/evil"},
    }}})
    .to_string()
}

/// The digest that a yes would name; none when no yes is wanted.
fn asks(workspace: &Workspace) -> Option<String> {
    let listed = workspace.run(["mcp", "list", "--json"]).with_code(0);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    listed["servers"][0]["asks"].as_str().map(str::to_owned)
}

fn run(workspace: &Workspace) -> String {
    let finished = spawn(support::exec(workspace, &answering("Fine.")).arg("go")).finish(LONG);
    finished.with_code(0).stderr
}

/// Says yes to what is asked now, and starts it once.
fn approve(workspace: &Workspace) {
    let digest = asks(workspace).expect("a question");
    workspace.run(["mcp", "approve", "theirs", "--digest", &digest]).with_code(0);
    assert_eq!(asks(workspace), None);
}

#[test]
fn s7_a_server_of_a_project_runs_only_after_a_yes_and_a_change_asks_again() {
    let workspace = bringing();
    let stderr = run(&workspace);
    assert!(stderr.contains("This project brings an MCP server (theirs) that does not run"), "{stderr}");
    let probed = workspace.run(["mcp", "probe", "theirs"]).with_code(1);
    assert!(probed.stdout.contains("waits for your yes"), "{}", probed.stdout);
    let nobody = workspace.run(["mcp", "approve", "theirs"]).with_code(2);
    assert!(nobody.stderr.contains("nobody is here to be asked"), "{}", nobody.stderr);
    let stale = workspace.run(["mcp", "approve", "theirs", "--digest", "0"]).with_code(2);
    assert!(stale.stderr.contains("another one by now"), "{}", stale.stderr);
    assert_eq!(starts(&workspace.path()), 0);

    approve(&workspace);
    workspace.run(["mcp", "probe", "theirs"]).with_code(0);
    assert_eq!(starts(&workspace.path()), 1);
    assert!(!run(&workspace).contains("before you say yes"));

    // A script that it names was changed, then the file: neither is what the yes was to.
    let before = starts(&workspace.path());
    workspace.file("server.py", format!("{SERVER}\n# another\n"));
    assert!(run(&workspace).contains("does not run before you say yes"));
    workspace.file("server.py", SERVER);
    workspace.file(".mcp.json", file(&["server.py", "--more"]));
    assert!(run(&workspace).contains("does not run before you say yes"));
    assert_eq!(starts(&workspace.path()), before);
}

#[test]
fn s7_a_yes_on_the_terminal_is_to_what_it_shows_and_enter_alone_is_no() {
    let workspace = bringing();
    for (typed, agreed) in [("<Enter>", false), ("y<Enter>", true)] {
        let mut command = workspace.command();
        command.args(["mcp", "approve", "theirs"]);
        let terminal = headwater_testkit::Terminal::start(&command, 100, 30);
        terminal.play(&format!(
            "=== screen
             python3 server.py
             is given the variables
             Is it to run here until it changes? [y/N]
             === keys
             {typed}
             === screen
             {}",
            if agreed { "runs from now on, until it changes" } else { "It does not run." }
        ));
        assert_eq!(asks(&workspace).is_none(), agreed);
    }
    assert_eq!(starts(&workspace.path()), 0, "a yes alone starts nothing");
}

#[test]
fn s7_a_script_that_changed_while_the_session_runs_is_not_started_again() {
    let workspace = bringing();
    approve(&workspace);
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    support::wait_until("the server", || starts(&workspace.path()) == 1);
    workspace.file("server.py", format!("{SERVER}\n# another\n"));
    terminal.play(
        "=== keys
         /mcp off theirs<Enter>
         === screen
         theirs  waits for your yes
         === keys
         <Esc>
         === gone
         MCP servers
         === keys
         /mcp on theirs<Enter>
         === screen
         theirs  waits for your yes
         === keys
         <Esc>
         === screen
         The MCP server theirs waits for your yes.",
    );
    assert_eq!(starts(&workspace.path()), 1);
}

#[test]
fn s7_a_project_sets_no_value_of_a_variable_and_vouches_for_nothing() {
    let workspace = bringing();
    let listed = workspace.run(["mcp", "list", "--json"]).stdout;
    assert!(listed.contains("the value that the file has for PATH is not taken"), "{listed}");
    approve(&workspace);
    workspace.run(["mcp", "probe", "theirs"]).with_code(0);
    workspace.home_file("config.toml", "[permissions]\nallow = [\"mcp__theirs__env\"]\n");
    let server = calling("mcp__theirs__env", json!({"name": "PATH"}));
    exec(&workspace, &server).expect_code(0);
    assert!(!told(&server).contains("/tmp/evil"), "{}", told(&server));

    // In Plan nothing of it runs: it says of itself that it only reads, and the project says so too.
    workspace.file(".headwater/config.toml", "[mcp.other]\ncommand = [\"x\"]\nread_only = [\"*\"]\n");
    let server = calling("mcp__theirs__say", json!({"text": "x"}));
    spawn(support::exec(&workspace, &server).args(["--mode", "plan", "go"])).finish(LONG);
    assert!(!told(&server).contains("you said"), "{}", told(&server));
}

#[test]
fn s7_a_trusted_project_file_names_servers_that_wait_too_and_never_takes_the_place_of_yours() {
    let workspace = support::workspace();
    workspace.file("server.py", SERVER);
    workspace.home_file("config.toml", "[mcp.mine]\ncommand = [\"true\"]\nenabled = false\n");
    let servers = "[mcp.mine]\ncommand = [\"python3\", \"server.py\"]\n[mcp.theirs]\ncommand = [\"python3\", \"server.py\"]\n";
    workspace.file(".headwater/config.toml", servers);
    let listed = workspace.run(["mcp", "list"]).with_code(0);
    assert!(!listed.stdout.contains("theirs"), "nobody trusted it: {}", listed.stdout);
    let terminal =
        headwater_testkit::Terminal::start(&support::screen(&workspace, &answering("Fine.")), 100, 30);
    terminal.play(
        "=== screen
         Do you trust it
         === keys
         y<Enter>
         === screen
         What is to be done?",
    );
    drop(terminal);
    let listed: Value = serde_json::from_str(&workspace.run(["mcp", "list", "--json"]).stdout).expect("JSON");
    let states: Vec<&str> = listed["servers"]
        .as_array()
        .expect("servers")
        .iter()
        .filter_map(|one| one["status"].as_str())
        .collect();
    assert_eq!(states, ["off", "waiting"], "{listed}");
    assert!(listed["warnings"].to_string().contains("\\\"mine\\\""), "{listed}");
    assert_eq!(starts(&workspace.path()), 0);
}

#[test]
fn s7_no_server_of_a_project_takes_the_place_of_one_that_rules_take_it_for() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    workspace.file(".mcp.json", json!({"mcpServers": {"Echo": {"command": "true"}}}).to_string());
    let call = json!({"action": "call", "tool": "mcp__echo__say", "arguments": {"text": "hello"}});
    let server = calling("mcp", call);
    let finished = exec(&workspace, &server);
    finished.expect_code(0);
    assert!(told(&server).contains("you said hello"), "{}", told(&server));
    assert!(finished.stderr.contains("\"Echo\""), "{}", finished.stderr);
}

#[test]
fn s7_a_script_that_stands_in_the_place_of_a_variable_is_part_of_the_yes() {
    for script in ["${HEADWATER_NOT_SET:-server.py}", "my tool/server.py"] {
        let workspace = bringing();
        workspace.file("my tool/server.py", SERVER);
        workspace.file(".mcp.json", file(&[script]));
        approve(&workspace);
        let changed = format!("{SERVER}# changed\n");
        workspace.file("server.py", &changed);
        workspace.file("my tool/server.py", &changed);
        assert!(asks(&workspace).is_some(), "{script}");
    }
}

#[test]
fn s7_the_file_of_a_project_draws_nothing_on_the_terminal() {
    let workspace = support::workspace();
    let text = "x\u{1b}[2J\u{202e}";
    let servers = json!({text: {"command": "true"}, "argument": {"command": "true", "args": [text, "a\nb"]},
        "address": {"url": text}, "more": {"url": "http://127.0.0.1/", "headers": {"A": text}}});
    workspace.file(".mcp.json", json!({"mcpServers": servers}).to_string());
    let listed = workspace.run(["mcp", "list"]);
    let shown = listed.stdout.clone() + &listed.stderr + &workspace.run(["doctor"]).stdout + &run(&workspace);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    assert!(shown.contains("An MCP server of ") && shown.contains(r"a\nb"), "{shown}");
}
