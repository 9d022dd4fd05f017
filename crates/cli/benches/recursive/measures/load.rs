//! The whole program over 40 MB with one block: reading, hashing, starting the interpreter, one answer.

use std::time::Duration;

use anyhow::Result;

use super::Measure;
use crate::child_usage;
use crate::report::Line;
use crate::rig::{self, Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "load",
    summary: "40 MB, one block, start to end of the program",
    peers: "rlms 3.0 s, minrlm 4.2 s, aleph 0.41 s, dspy.RLM 2.1 s",
    run,
};

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let blocks = [block("FINAL(len(context))")];
    let (mut walls, mut cpu, mut peaks) = (vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        walls.push(rig.run(&blocks, Duration::ZERO)?.wall);
        let server = headwater_testkit::ModelServer::start(rig::script(&blocks, Duration::ZERO, None));
        let usage = child_usage::of(&rig.rlm(&server))?;
        cpu.push(usage.cpu);
        peaks.push(usage.peak);
    }
    Ok(vec![
        Line::seconds("wall", &walls).at_most(0.30),
        Line::seconds("  processor time", &cpu),
        Line::new("  peak memory of the largest process", "MB", peaks),
    ])
}
