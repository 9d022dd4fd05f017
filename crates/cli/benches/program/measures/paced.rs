//! The screen with a steady stream: 40 KB in about ten seconds, 200 deltas a second, as models write.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use headwater_testkit::{ModelServer, Script, Turn};

use super::Measure;
use crate::proc;
use crate::report::Line;
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "paced", summary: "the screen, 40 KB in 2,000 deltas over ten seconds", run };

const BYTES: usize = 40_000;
const DELTA: usize = 20;
/// The server's clock has ticks of a millisecond and rounds up: with its work this gives five a delta.
const PACE: Duration = Duration::from_millis(4);
const SETTLING: Duration = Duration::from_millis(300);
/// Ten seconds each.
const MOST_RUNS: usize = 3;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let (mut walls, mut cpu, mut ratio, mut frames, mut lags) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs.min(MOST_RUNS) {
        let turn = Turn::text(rig::prose(BYTES)).deltas_of(DELTA).after(PACE);
        let (workspace, server) = (rig::workspace(), ModelServer::start(Script::new().turn(turn)));
        let terminal = rig::open(&workspace, &server);
        let before = (proc::cpu(terminal.pid())?, terminal.bytes_written().len(), terminal.frames());
        walls.push(rig::ask(&terminal));
        let shown = Instant::now();
        rig::let_pass(SETTLING);
        cpu.push(proc::cpu(terminal.pid())?.saturating_sub(before.0));
        ratio.push((terminal.bytes_written().len() - before.1) as f64 / BYTES as f64);
        frames.push((terminal.frames() - before.2) as f64);
        let sent = server.requests().first().and_then(|request| request.finished_at).context("an answer")?;
        lags.push(shown.saturating_duration_since(sent));
    }
    Ok(vec![
        Line::seconds("Enter to the last word", &walls),
        Line::seconds("processor time", &cpu).at_most(0.5),
        Line::new("bytes to the terminal a byte of text", "", ratio).at_most(5.0),
        Line::new("frames", "", frames),
        Line::millis("last byte sent to last word shown", &lags),
    ])
}
