//! B: `exec` with 20 shell calls, one a turn: what the harness adds from the end of an answer to the next request.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use headwater_testkit::{ModelServer, Recorded, Script, Turn};
use serde_json::json;

use super::{Measure, one_answer};
use crate::child_usage;
use crate::report::{Line, median_time, p95};
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "tool_calls", summary: "B: exec, 20 shell calls, one a turn", run };

pub(super) const CALLS: u32 = 20;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let (mut medians, mut firsts, mut slow, mut floors, mut cpu) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let gaps = gaps(&requests()?);
        medians.push(median_time(&gaps));
        slow.push(p95(&gaps));
        firsts.extend(gaps.first());
        floors.push(bare()?);
        cpu.push(usage()?.saturating_sub(one_answer::usage()?.cpu) / CALLS);
    }
    let over = [median_time(&medians).saturating_sub(median_time(&floors))];
    Ok(vec![
        Line::millis("end of answer to next request, median", &medians).at_most(4.0),
        Line::millis("  95 of 100 below", &slow),
        Line::millis("  the first call", &firsts),
        Line::millis("`bash -c` of the same command, bare", &floors),
        Line::millis("  what the harness adds to it", &over),
        Line::millis("processor time a call, over A", &cpu),
    ])
}

/// The script: 20 turns with a call each, and an end.
fn server() -> ModelServer {
    let call = |number| Turn::text("").call("shell", json!({"command": command(number)}));
    ModelServer::start(Script::new().turns((0..CALLS).map(call)).turn(Turn::text("It is done.")))
}

fn command(number: u32) -> String {
    format!("echo call-{number}")
}

/// The requests of one run; each call must really have run.
pub(super) fn requests() -> Result<Vec<Recorded>> {
    let (workspace, server) = (rig::workspace(), server());
    rig::finish(&mut rig::exec(&workspace, &server))?;
    let requests = server.requests();
    ensure!(requests.len() == CALLS as usize + 1, "{} requests", requests.len());
    for (number, request) in (0..CALLS).zip(requests.iter().skip(1)) {
        let result = request.last_text("tool").unwrap_or_default();
        ensure!(result.contains(&format!("call-{number}")), "call {number} gave {result:?}");
    }
    Ok(requests)
}

fn gaps(requests: &[Recorded]) -> Vec<Duration> {
    let pairs = requests.iter().zip(requests.iter().skip(1));
    pairs.filter_map(|(one, next)| Some(next.at.saturating_duration_since(one.finished_at?))).collect()
}

fn usage() -> Result<Duration> {
    let (workspace, server) = (rig::workspace(), server());
    Ok(child_usage::of(&rig::exec(&workspace, &server))?.cpu)
}

/// The floor: the same commands from a program that does nothing else.
fn bare() -> Result<Duration> {
    let mut times = Vec::new();
    for number in 0..CALLS {
        let began = std::time::Instant::now();
        Command::new("bash").args(["-c", &command(number)]).output()?;
        times.push(began.elapsed());
    }
    Ok(median_time(&times))
}
