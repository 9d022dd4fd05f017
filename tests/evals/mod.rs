//! `headwater eval`: suites against the oracle, scored the same twice, and compared.

mod agents;
mod completions;

use std::path::{Path, PathBuf};

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Oracle, Workspace};
use serde_json::Value;

use crate::support::point_at;

/// How long a suite may take here: what hangs is found, what is slow is none.
const SUITE_DEADLINE: std::time::Duration = std::time::Duration::from_mins(30);

fn suite(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evals").join(name)
}

fn eval(workspace: &Workspace, oracle: &ModelServer, name: &str, arguments: &[&str]) -> Finished {
    let mut command = workspace.command();
    command.args(["eval", "run"]).arg(suite(name)).args(arguments);
    point_at(&mut command, oracle);
    spawn(&mut command).finish(SUITE_DEADLINE)
}

fn diff(workspace: &Workspace, before: &str, after: &str) -> Finished {
    spawn(workspace.command().args(["eval", "diff", before, after])).finish(DEADLINE)
}

fn oracle() -> ModelServer {
    ModelServer::start(Oracle::default().script())
}

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn report(workspace: &Workspace, directory: &str) -> Vec<Value> {
    let report: Value =
        serde_json::from_str(&read(workspace, &format!("{directory}/report.json"))).expect("JSON");
    report["trials"].as_array().expect("trials").clone()
}
