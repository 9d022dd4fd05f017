//! Sub-agents: one task, one report, never more than the turn above may do, and an end whatever happens.

/// Never more than the turn above may do: tools, mode, rules, money, steps.
mod bounds;
/// Whatever happens to a sub-agent, its call has one result.
mod ending;
/// What a sub-agent is told, what comes back, and whose records are whose.
mod reports;
/// On the screen and in lines: followed, asked about, cancelled.
mod screen;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support;

const LONG: Duration = headwater_testkit::DEADLINE;

/// The task of a sub-agent's request: its first message; `None` for the conversation.
fn task_of(request: &Recorded) -> Option<String> {
    let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
    let messages = request.messages();
    let is_below = messages.first().is_some_and(|first| text(first).contains("You are a sub-agent"));
    is_below.then(|| messages.iter().find(|said| said["role"] == "user").map(text).unwrap_or_default())
}

/// How many results a request holds.
fn results(request: &Recorded) -> usize {
    request.messages().iter().filter(|said| said["role"] == "tool").count()
}

/// A model whose conversation hands out all tasks at once and then ends; `child` plays the sub-agents: it sees their
/// task and how many results they have.
fn model(tasks: Vec<Value>, mut child: impl FnMut(&str, usize) -> Turn + Send + 'static) -> ModelServer {
    ModelServer::start(Script::responder(move |_, request| match (task_of(request), results(request)) {
        (Some(task), results) => child(&task, results),
        (None, 0) => tasks.iter().fold(Turn::text(""), |turn, task| turn.call("task", task.clone())),
        (None, _) => Turn::text("All reports are in."),
    }))
}

fn task(agent: &str, prompt: &str) -> Value {
    json!({"description": format!("The task {prompt}"), "prompt": prompt, "agent": agent})
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(support::exec(workspace, server).arg("--json").args(arguments).arg("a secret word")).finish(LONG)
}

/// The records of one session, of all that a run printed.
fn of_session(finished: &Finished, session: &Value) -> Vec<Value> {
    finished.records().into_iter().filter(|record| record["session"] == *session).collect()
}

/// The results of the conversation's own calls, in order.
fn own_results(finished: &Finished) -> Vec<Value> {
    let conversation = finished.records()[0]["session"].clone();
    of_session(finished, &conversation)
        .into_iter()
        .filter(|record| record["type"] == "tool_returned")
        .collect()
}

fn text_of(result: &Value) -> &str {
    result["text"].as_str().expect("a text")
}

/// The tools that a request offers.
fn tools_of(request: &Recorded) -> BTreeSet<String> {
    let tools = request.body["tools"].as_array().expect("tools");
    tools.iter().map(|tool| tool["function"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// The requests of sub-agents.
fn below(server: &ModelServer) -> Vec<Recorded> {
    server.requests().into_iter().filter(|request| task_of(request).is_some()).collect()
}

/// The logs of all sessions of a workspace, by session.
fn logs(workspace: &Workspace) -> Vec<(String, String)> {
    let Ok(sessions) = std::fs::read_dir(support::sessions_directory(workspace)) else { return Vec::new() };
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        Some((name, std::fs::read_to_string(path.join("transcript.jsonl")).ok()?))
    };
    sessions.filter_map(|entry| read(entry.expect("an entry").path())).collect()
}
