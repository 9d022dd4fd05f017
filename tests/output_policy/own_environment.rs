//! Credentials in environments: of tools, of this program, of every process that a command can look at.

use std::process::Command;

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Terminal, Turn};
use serde_json::json;

use super::{NAME, SECRET, contains};
use crate::support::{self, WithCode as _, exec, workspace};

#[test]
fn s9_tools_see_no_credentials_in_any_environment() {
    let workspace = workspace();
    let look = "cat /proc/self/environ | tr '\\0' '\\n' | cut -d= -f1; echo names-end; env | cut -d= -f1";
    let above =
        "for each in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $each 2>/dev/null; done; echo all-seen";
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": look})))
        .turn(Turn::text("").call("shell", json!({"command": above})))
        .turn(Turn::text("Seen."));
    let server = ModelServer::start(script);
    let mut command = exec(&workspace, &server);
    command.env(NAME, SECRET).env("OPENAI_API_KEY", "sk-0123456789").env("DB_SECRET", "s3cr3t-0123456789");
    command.args(["--mode", "yolo", "--json", "-c", "output.redact=false", "go"]);
    let finished = spawn(&mut command).finish(DEADLINE).with_code(0);
    let results = finished.records_of("tool_returned");
    let names = results[0]["text"].as_str().expect("names");
    assert!(names.contains("names-end") && names.contains("PATH"), "{names}");
    for word in ["KEY", "TOKEN", "SECRET"] {
        assert!(!names.lines().any(|line| line.contains(word)), "{word}: {names}");
    }
    let seen = results[1]["text"].as_str().expect("environments");
    assert!(seen.contains("all-seen") && !seen.contains(SECRET) && !seen.contains("s3cr3t"), "{seen}");
}

#[test]
#[cfg(target_os = "linux")]
fn s9_no_file_shows_the_keys_that_this_program_was_started_with() {
    let (workspace, gate) = (workspace(), headwater_testkit::Gate::new());
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.").hold_after(0, &gate)));
    let mut command = workspace.command();
    command.env("OPENAI_API_KEY", "key-of-this-test-0123").env("S9_HARMLESS", "S9_HARMLESS_VALUE");
    command.args(["exec", "--provider", "openai", "--base-url", &server.base_url(), "-m", "x", "go"]);
    let running = spawn(&mut command);
    server.wait_for_requests(1, DEADLINE);
    let shown = std::fs::read(format!("/proc/{}/environ", running.pid())).expect("its environment");
    assert!(!contains(&shown, b"key-of-this-test") && !contains(&shown, b"S9_HARMLESS_VALUE"));
    gate.open();
    running.finish(DEADLINE).with_code(0);
    let sent = server.requests().remove(0);
    assert_eq!(
        sent.header("authorization"),
        Some("Bearer key-of-this-test-0123"),
        "the key is still known inside"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn s9_an_unconfined_command_finds_no_key_in_any_process() {
    let (workspace, server) = (workspace(), ModelServer::start(Script::new().turn(Turn::text("Done."))));
    let mut command: Command = support::screen(&workspace, &server);
    command.args(["-c", "output.redact=false"]).env("S9_UNCONFINED_TOKEN", "s9-unconfined-value");
    let terminal = Terminal::start(&command, 100, 30);
    terminal.wait_for_text("What is to be done?");
    let look = "cat /proc/[0-9]*/environ 2>/dev/null | grep -ac s9-unconfined-v; echo looked";
    // The pattern itself stands in no environment.
    terminal.play(&format!("=== keys\n!{look}<Enter>\n=== screen\n0\nlooked"));
}
