//! 200 calls one after the other, answered at once.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block, gaps};

pub(super) const MEASURE: Measure = Measure {
    name: "sequential",
    summary: "200 calls one after the other at 0 ms",
    peers: "rlms 0.82 s, minrlm 1.53 s, aleph 1.03 s, dspy.RLM 4.02 s",
    run,
};

const CALLS: usize = 200;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let ask = format!("for n in range({CALLS}):\n    last = llm_query(f'question {{n}}')");
    let blocks = [block("context[:10]"), block(&ask), block("FINAL('done')")];
    let mut times = vec![];
    for _ in 0..rig.runs {
        let run = rig.run(&blocks, Duration::ZERO)?;
        ensure!(run.children.len() == CALLS, "{} calls", run.children.len());
        times.extend(gaps(&run.roots).get(1).copied());
    }
    let each: Vec<Duration> = times.iter().map(|time| *time / 200).collect();
    Ok(vec![Line::seconds("all answered", &times).at_most(0.35), Line::millis("  a call", &each)])
}
