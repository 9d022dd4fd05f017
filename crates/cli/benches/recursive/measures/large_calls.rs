//! Ten calls with 1 MB of the context each.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block, gaps};

pub(super) const MEASURE: Measure = Measure {
    name: "large_calls",
    summary: "10 calls × 1 MB, from the root's answer to its next request",
    peers: "rlms 981 ms, minrlm 1,652 ms, aleph 439 ms, dspy.RLM 2,296 ms",
    run,
};

const CALLS: usize = 10;
const PIECE: usize = 1_000_000;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let ask = format!(
        "pieces = [context[n * {PIECE}:(n + 1) * {PIECE}] for n in range({CALLS})]\n\
         r = llm_query_batched(['what is it about?'] * {CALLS}, pieces)\nprint(sum(x.ok for x in r))"
    );
    let blocks = [block("context[:10]"), block(&ask), block("FINAL('done')")];
    let mut times = vec![];
    for _ in 0..rig.runs {
        let run = rig.run(&blocks, Duration::ZERO)?;
        ensure!(run.children.len() == CALLS, "{} calls", run.children.len());
        ensure!(run.children.iter().all(|child| child.raw.len() > PIECE), "a piece was cut");
        times.extend(gaps(&run.roots).get(1).copied());
    }
    Ok(vec![Line::millis("all answered", &times).at_most(60.0)])
}
