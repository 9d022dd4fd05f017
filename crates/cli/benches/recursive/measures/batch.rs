//! 200 calls in one batch, each answered after 50 ms.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block, gaps, in_flight};

pub(super) const MEASURE: Measure = Measure {
    name: "batch",
    summary: "200 calls × 50 ms in one batch, from the root's answer to its next request",
    peers: "rlms 1.98 s (16), minrlm 2.86 s (180), aleph 3.61 s (10), dspy.RLM 4.68 s (8)",
    run,
};

const CALLS: usize = 200;
const LATENCY: Duration = Duration::from_millis(50);
/// With fewer calls out at once, 200 of 50 ms take longer than the aim.
const FLIGHT: f64 = 23.0;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let ask = format!(
        "r = llm_query_batched([f'question {{n}}' for n in range({CALLS})])\nprint(sum(x.ok for x in r))"
    );
    let blocks = [block("context[:10]"), block(&ask), block("FINAL('done')")];
    let (mut times, mut flights) = (vec![], vec![]);
    for _ in 0..rig.runs {
        let run = rig.run(&blocks, LATENCY)?;
        ensure!(run.children.len() == CALLS, "{} calls", run.children.len());
        times.extend(gaps(&run.roots).get(1).copied());
        flights.push(in_flight(&run.children) as f64);
    }
    Ok(vec![
        Line::seconds("all answered", &times).at_most(0.45),
        Line::new("  in flight at most", "", flights).at_least(FLIGHT),
    ])
}
