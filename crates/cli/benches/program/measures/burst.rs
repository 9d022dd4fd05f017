//! The screen under a burst: 200 KB in 20,000 deltas, as fast as they are taken.

use std::time::Duration;

use anyhow::Result;

use super::{Measure, many_deltas};
use crate::proc;
use crate::report::Line;
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "burst", summary: "the screen, 200 KB in 20,000 deltas at once", run };

/// Behind the last word, for what is drawn after it.
const SETTLING: Duration = Duration::from_millis(300);

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let (mut walls, mut cpu, mut bytes, mut frames, mut peaks) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let (workspace, server) = (rig::workspace(), many_deltas::server());
        let terminal = rig::open(&workspace, &server);
        let before = (proc::cpu(terminal.pid())?, terminal.bytes_written().len(), terminal.frames());
        walls.push(rig::ask(&terminal));
        rig::let_pass(SETTLING);
        cpu.push(proc::cpu(terminal.pid())?.saturating_sub(before.0));
        bytes.push((terminal.bytes_written().len() - before.1) as f64 / 1e6);
        frames.push((terminal.frames() - before.2) as f64);
        peaks.push(proc::memory(terminal.pid())?.peak);
    }
    Ok(vec![
        Line::seconds("Enter to the last word", &walls).at_most(0.4),
        Line::seconds("processor time", &cpu).at_most(0.4),
        Line::new("bytes to the terminal", "MB", bytes),
        Line::new("frames", "", frames),
        Line::new("peak memory", "MB", peaks),
    ])
}
