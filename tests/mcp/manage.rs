//! `headwater mcp add|list|probe|remove`, and what doctor says.

use headwater_testkit::workspace::spawn;
use serde_json::Value;

use super::{LONG, SERVER, starts, with_server};
use crate::support::{self, WithCode as _};

#[test]
fn s7_a_server_is_added_listed_probed_and_removed_and_the_rest_of_the_settings_stays() {
    let workspace = support::workspace();
    workspace.home_file("config.toml", "# mine\nmodel = \"scripted\" # why\n");
    workspace.home_file("server.py", SERVER);
    let script = workspace.headwater_home().join("server.py");
    let script = script.to_str().expect("a path");
    let add = ["mcp", "add", "echo", "--env", "TOKEN", "--", "python3", script];
    let added = workspace.run(add).with_code(0);
    assert!(added.stdout.contains("The MCP server echo is kept in"), "{}", added.stdout);
    let again = workspace.run(add).with_code(2);
    assert!(again.stderr.contains("--replace"), "{}", again.stderr);

    let listed = workspace.run(["mcp", "list"]).with_code(0);
    assert!(listed.stdout.contains("echo") && listed.stdout.contains(script), "{}", listed.stdout);
    let json: Value = serde_json::from_str(&workspace.run(["mcp", "list", "--json"]).stdout).expect("JSON");
    let server = &json["servers"][0];
    assert_eq!((server["name"].as_str(), server["status"].as_str()), (Some("echo"), Some("on")));
    assert_eq!(server["given"][0], "is given the variables TOKEN");
    assert_eq!(starts(&workspace.headwater_home()), 0, "a list starts nothing");

    let probed = spawn(workspace.command().args(["mcp", "probe", "echo"])).finish(LONG).with_code(0);
    for text in ["echo 2.1", "mcp__echo__say", "Says a text back."] {
        assert!(probed.stdout.contains(text), "{text}: {}", probed.stdout);
    }
    let doctor = workspace.run(["doctor"]).stdout;
    assert!(doctor.contains("MCP servers") && doctor.contains("echo"), "{doctor}");

    let removed = workspace.run(["mcp", "remove", "echo"]).with_code(0);
    assert!(removed.stdout.contains("no longer in"), "{}", removed.stdout);
    let text = std::fs::read_to_string(workspace.headwater_home().join("config.toml")).expect("settings");
    assert_eq!(text, "# mine\nmodel = \"scripted\" # why\n");
    let gone = workspace.run(["mcp", "remove", "echo"]).with_code(2);
    assert!(gone.stderr.contains("there is no MCP server \"echo\""), "{}", gone.stderr);
}

#[test]
fn s7_what_cannot_be_added_is_said() {
    let workspace = support::workspace();
    let table: [(&[&str], &str); 6] = [
        (&["a b", "--", "x"], "letters, digits"),
        (&["x"], "neither a command nor a url"),
        (&["x", "--url", "ftp://x"], "none of http"),
        (&["x", "--env", "A=secret", "--", "y"], "no name of a variable"),
        (
            &["x", "--url", "http://127.0.0.1:1/", "--header", "Authorization: Bearer s"],
            "not kept in settings",
        ),
        (&["x", "--header", "A: b", "--", "y"], "headers are for servers over HTTP"),
    ];
    for (arguments, expected) in table {
        let finished = workspace.run([&["mcp", "add"], arguments].concat()).with_code(2);
        assert!(finished.stderr.contains(expected), "{arguments:?}: {}", finished.stderr);
    }
    assert!(!workspace.headwater_home().join("config.toml").exists());
}

#[test]
fn s7_a_probe_says_why_a_server_does_not_answer() {
    let workspace = with_server("[mcp.gone]\ncommand = [\"no-such-program-here\"]\n");
    workspace.home_file("broken.py", SERVER);
    let script = workspace.headwater_home().join("broken.py");
    let mut command = workspace.command();
    command.args(["mcp", "add", "broken", "--", "python3"]).arg(script).arg("--broken");
    spawn(&mut command).finish(LONG).expect_code(0);
    let probed = spawn(workspace.command().args(["mcp", "probe", "--json"])).finish(LONG).with_code(1);
    let report: Value = serde_json::from_str(&probed.stdout).expect("JSON");
    let state = |name: &str| {
        let servers = report["servers"].as_array().expect("servers");
        servers.iter().find(|server| server["name"] == name).cloned().expect("the server")
    };
    assert_eq!(state("echo")["status"], "ready", "{report}");
    assert_eq!(state("echo")["tools"][0]["name"], "mcp__echo__env", "{report}");
    assert_eq!(state("broken")["status"], "failed");
    assert!(state("broken")["why"].as_str().expect("a reason").contains("there is no database"), "{report}");
    assert_eq!(state("gone")["status"], "failed");
}

#[test]
fn s7_a_variable_that_is_not_set_is_named() {
    let workspace = support::workspace();
    workspace.home_file("config.toml", "[mcp.x]\ncommand = [\"echo\", \"${NO_SUCH_VARIABLE}\"]\n");
    let probed = spawn(workspace.command().args(["mcp", "probe", "x"])).finish(LONG).with_code(1);
    assert!(probed.stdout.contains("the variable NO_SUCH_VARIABLE is not set"), "{}", probed.stdout);
}
