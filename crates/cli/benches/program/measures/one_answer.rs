//! A: `exec` with one short answer: start to request, wall, processor time, peak memory.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use headwater_testkit::{ModelServer, Script, Turn};

use super::Measure;
use crate::child_usage::{self, ChildUsage};
use crate::report::Line;
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure = Measure { name: "one_answer", summary: "A: exec, one short answer", run };

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let (mut requests, mut walls, mut floors, mut usages) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let (request, wall) = timed()?;
        requests.push(request);
        walls.push(wall);
        floors.push(rig::finish(&mut Command::new("true"))?.took);
        usages.push(usage()?);
    }
    let cpu: Vec<Duration> = usages.iter().map(|usage| usage.cpu).collect();
    let peak = usages.iter().map(|usage| usage.peak).collect();
    Ok(vec![
        Line::millis("start to request", &requests).at_most(25.0),
        Line::millis("wall", &walls).at_most(50.0),
        Line::millis("wall of `true` in the same rig", &floors),
        Line::millis("processor time", &cpu),
        Line::new("peak memory of the largest process", "MB", peak).at_most(20.0),
    ])
}

fn server() -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("It is done.")))
}

/// Start to request, and the whole.
fn timed() -> Result<(Duration, Duration)> {
    let (workspace, server) = (rig::workspace(), server());
    let mut command = rig::exec(&workspace, &server);
    let began = Instant::now();
    let finished = rig::finish(&mut command)?;
    let request = server.requests().first().context("a request")?.at;
    Ok((request.saturating_duration_since(began), finished.took))
}

/// What one run uses: what other measures are compared with.
pub(super) fn usage() -> Result<ChildUsage> {
    let (workspace, server) = (rig::workspace(), server());
    child_usage::of(&rig::exec(&workspace, &server))
}
