//! C: `exec` with one answer of 200 KB in 20,000 deltas, sent as fast as they are taken.

use anyhow::{Result, ensure};
use headwater_testkit::{ModelServer, Script, Turn};

use super::{Measure, one_answer};
use crate::child_usage;
use crate::report::Line;
use crate::rig::{self, LAST_WORD, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "many_deltas", summary: "C: exec, an answer of 200 KB in 20,000 deltas", run };

pub(super) const BYTES: usize = 200_000;
pub(super) const DELTA: usize = 10;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let (mut walls, mut cpu, mut peaks) = (vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let (workspace, server) = (rig::workspace(), server());
        let finished = rig::finish(&mut rig::exec(&workspace, &server))?;
        ensure!(finished.stdout.trim_end().ends_with(LAST_WORD), "the answer is cut");
        walls.push(finished.took);
        let usage = child_usage::of(&rig::exec(&workspace, &self::server()))?;
        cpu.push(usage.cpu.saturating_sub(one_answer::usage()?.cpu));
        peaks.push(usage.peak);
    }
    Ok(vec![
        Line::seconds("wall, the server's sending included", &walls),
        Line::seconds("processor time over A", &cpu).at_most(0.10),
        Line::new("peak memory of the largest process", "MB", peaks),
    ])
}

/// A server that sends it.
pub(super) fn server() -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text(rig::prose(BYTES)).deltas_of(DELTA)))
}
