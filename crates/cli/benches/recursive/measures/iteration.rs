//! What one more iteration costs at 40 MB: from the end of an answer to the next request.

use std::time::Duration;

use anyhow::Result;

use super::Measure;
use crate::report::{Line, median_time, p95};
use crate::rig::{Rig, block, gaps};

pub(super) const MEASURE: Measure = Measure {
    name: "iteration",
    summary: "40 MB, from the end of an answer to the next request",
    peers: "rlms 33 ms, minrlm 38 ms, aleph 14 ms, dspy.RLM 2,944 ms",
    run,
};

/// Blocks of a run; the first loads the context and is not counted.
const BLOCKS: usize = 18;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let mut blocks: Vec<String> = (0..BLOCKS)
        .map(|number| block(&format!("x{number} = len(context) + {number}\nprint(x{number})")))
        .collect();
    blocks.push(block("FINAL(x1)"));
    let (mut medians, mut slow, mut firsts) = (vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let gaps = gaps(&rig.run(&blocks, Duration::ZERO)?.roots);
        let (first, later) =
            gaps.split_first().map_or((Duration::ZERO, &[][..]), |(first, rest)| (*first, rest));
        firsts.push(first);
        medians.push(median_time(later));
        slow.push(p95(later));
    }
    Ok(vec![
        Line::millis("an iteration, median", &medians).at_most(2.0),
        Line::millis("  95 of 100 below", &slow),
        Line::millis("  the first, which loads the context", &firsts),
    ])
}
