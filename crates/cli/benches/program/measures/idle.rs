//! The screen at rest: memory, processor time and wake-ups over ten seconds in which nobody does anything.

use std::time::Duration;

use anyhow::Result;
use headwater_testkit::{ModelServer, Script};

use super::Measure;
use crate::proc::{self, Switches};
use crate::report::Line;
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure = Measure { name: "idle", summary: "the screen, ten seconds at rest", run };

/// Behind the start, with all that it leaves to the background: threads which have no more work end after ten seconds.
const SETTLING: Duration = Duration::from_secs(12);
const REST: Duration = Duration::from_secs(10);
/// Ten seconds each: more of them would say no more.
const MOST_RUNS: usize = 3;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let server = ModelServer::start(Script::new());
    let (mut cpu, mut wakes, mut bytes) = (vec![], vec![], vec![]);
    let (mut resident, mut proportional, mut processes, mut threads) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs.min(MOST_RUNS) {
        let workspace = rig::workspace();
        let terminal = rig::open(&workspace, &server);
        let pid = terminal.pid();
        rig::let_pass(SETTLING);
        let before = (proc::cpu_of_threads(pid)?, Switches::of(pid)?, terminal.bytes_written().len());
        rig::let_pass(REST);
        cpu.push(proc::cpu_of_threads(pid)?.saturating_sub(before.0));
        let switches = Switches::of(pid)?;
        wakes.push(switches.since(&before.1) as f64 / REST.as_secs_f64());
        bytes.push((terminal.bytes_written().len() - before.2) as f64);
        let memory = proc::memory(pid)?;
        resident.push(memory.resident);
        proportional.push(memory.proportional);
        processes.push(1.0 + proc::children(pid)? as f64);
        threads.push(switches.threads() as f64);
    }
    Ok(vec![
        Line::new("resident", "MB", resident).at_most(20.0),
        Line::new("  proportional", "MB", proportional),
        Line::new("processes", "", processes),
        Line::new("threads", "", threads),
        Line::millis("processor time in 10 s", &cpu).at_most(0.0),
        Line::new("wake-ups", "1/s", wakes).at_most(0.0),
        Line::new("bytes to the terminal", "", bytes).at_most(0.0),
    ])
}
