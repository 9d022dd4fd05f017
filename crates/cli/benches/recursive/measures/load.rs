//! The whole program over 40 MB with one block: reading, hashing, starting the interpreter, one answer.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

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
    let (mut walls, mut floors, mut cpu, mut peaks) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        walls.push(rig.run(&blocks, Duration::ZERO)?.wall);
        floors.push(bare(rig)?);
        let server = headwater_testkit::ModelServer::start(rig::script(&blocks, Duration::ZERO, None));
        let usage = child_usage::of(&rig.rlm(&server))?;
        cpu.push(usage.cpu);
        peaks.push(usage.peak);
    }
    Ok(vec![
        Line::seconds("wall", &walls).at_most(0.30),
        Line::seconds("  bare Python that reads and counts the same", &floors),
        Line::seconds("  processor time", &cpu),
        Line::new("  peak memory of the largest process", "MB", peaks),
    ])
}

/// The floor: an interpreter with nothing around it.
fn bare(rig: &Rig) -> Result<Duration> {
    let mut command = Command::new("python3");
    command.args(["-I", "-S", "-c", "import sys; print(len(open(sys.argv[1]).read()))"]).arg(rig.context());
    let began = Instant::now();
    let output = command.output()?;
    ensure!(output.status.success(), "python3 ended with {}", output.status);
    Ok(began.elapsed())
}
