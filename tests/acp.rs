//! `headwater acp`: an editor drives sessions over the standard streams.

/// Approvals, questions and cards through the editor.
mod asking;
/// Whatever a client does: nonsense, floods, leaving.
mod harm;
/// Sessions: opened, listed, loaded, closed; modes and models.
mod sessions;
/// Prompts: what is told on the way, and how each ends.
mod turns;

use headwater_testkit::{AcpClient, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::point_at;

/// The program as an editor starts it.
pub(crate) fn command(workspace: &Workspace, server: &ModelServer) -> std::process::Command {
    let mut command = workspace.command();
    command.arg("acp");
    point_at(&mut command, server);
    command
}

/// An editor that can do nothing special, and a session in the workspace.
#[track_caller]
pub(crate) fn editor(workspace: &Workspace, server: &ModelServer) -> (AcpClient, String) {
    editor_with(workspace, server, &json!({}), &[])
}

/// The same with abilities and further arguments.
#[track_caller]
pub(crate) fn editor_with(
    workspace: &Workspace,
    server: &ModelServer,
    abilities: &Value,
    arguments: &[&str],
) -> (AcpClient, String) {
    let mut client = AcpClient::begin(command(workspace, server).args(arguments), abilities);
    let session = client.open(workspace.path());
    (client, session)
}

/// The results that a request holds.
pub(crate) fn results(request: &Recorded) -> usize {
    request.messages().iter().filter(|message| message["role"] == "tool").count()
}

/// A model that makes one call in each turn, and then says how often it was asked.
pub(crate) fn calling(name: &'static str, input: Value) -> ModelServer {
    ModelServer::start(Script::responder(move |index, _| match index % 2 {
        0 => Turn::text("Look.").call(name, input.clone()),
        _ => Turn::text(format!("Answer {}.", index / 2 + 1)),
    }))
}

/// The log of a session.
pub(crate) fn records(workspace: &Workspace, session: &str) -> Vec<Value> {
    let log = crate::support::sessions_directory(workspace).join(session).join("transcript.jsonl");
    let log = std::fs::read_to_string(log).expect("a log");
    log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Those of one type.
pub(crate) fn records_of(workspace: &Workspace, session: &str, kind: &str) -> Vec<Value> {
    records(workspace, session).into_iter().filter(|record| record["type"] == kind).collect()
}
