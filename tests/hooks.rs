//! Hooks: scripts in the style of those that people have for other agents run as they are; none of them can stop the
//! session by failing, and none of them gets past a rule.

mod drawing;
mod edges;
mod harm;
mod mission;
mod plugins;
mod points;
mod recorded;
mod rules;
mod trust;

use std::time::Duration;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support;

const LONG: Duration = headwater_testkit::DEADLINE;

/// A workspace whose person has these hooks.
fn with_hooks(hooks: &Value) -> Workspace {
    let workspace = support::workspace();
    workspace.home_file("hooks.json", json!({"hooks": hooks}).to_string());
    workspace
}

/// A point with one command, for everything.
fn every(command: &str) -> Value {
    json!([{"hooks": [{"type": "command", "command": command}]}])
}

/// A point with one command, for what a matcher says.
fn only(matcher: &str, command: &str) -> Value {
    json!([{"matcher": matcher, "hooks": [{"type": "command", "command": command}]}])
}

/// A script of the person's, beside their hooks.json.
fn script(workspace: &Workspace, name: &str, text: &str) -> String {
    workspace.home_file(format!("hooks/{name}"), text);
    format!("${{CLAUDE_PLUGIN_ROOT}}/hooks/{name}")
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(support::exec(workspace, server).arg("--json").args(arguments).arg("go")).finish(LONG)
}

/// A model that makes one call, and then answers.
fn calling(tool: &str, input: Value) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("").call(tool, input)).turn(Turn::text("Done.")))
}

fn answering(text: &str) -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text(text)).repeat_last())
}

/// What the model was told of its newest call.
fn told(server: &ModelServer) -> String {
    server.requests().last().and_then(|request| request.last_text("tool")).expect("a result")
}

/// The whole of the newest request.
fn newest(server: &ModelServer) -> String {
    server.requests().last().expect("a request").body.to_string()
}

/// The runs of hooks: point, status, text.
fn ran(finished: &Finished) -> Vec<(String, String, String)> {
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let records = finished.records_of("hook_ran");
    records
        .iter()
        .map(|record| (text(record, "point"), text(record, "status"), text(record, "text")))
        .collect()
}

fn reason(finished: &Finished) -> String {
    finished.records_of("turn_ended").pop().expect("an end")["reason"].as_str().expect("a reason").to_owned()
}
