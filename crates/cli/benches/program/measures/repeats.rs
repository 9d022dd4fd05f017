//! A model that asks for the same call without end: how often it is really executed.

use anyhow::Result;
use headwater_testkit::workspace::spawn;
use headwater_testkit::{ModelServer, Script, Turn};
use serde_json::json;

use super::Measure;
use crate::report::Line;
use crate::rig::{self, DEADLINE, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "repeats", summary: "exec, the same call requested without end", run };

fn run(_: &Rig) -> Result<Vec<Line>> {
    let call = Turn::text("").call("shell", json!({"command": "echo once >> executed.txt"}));
    let (workspace, server) = (rig::workspace(), ModelServer::start(Script::new().turn(call).repeat_last()));
    // It ends with the code of a limit, and that is what is wanted.
    drop(spawn(&mut rig::exec(&workspace, &server)).finish(DEADLINE));
    let executed = std::fs::read_to_string(workspace.path().join("executed.txt"))?.lines().count();
    Ok(vec![
        Line::new("times executed", "", vec![executed as f64]).at_most(3.0),
        Line::new("requests until the turn ended", "", vec![server.requests().len() as f64]),
    ])
}
