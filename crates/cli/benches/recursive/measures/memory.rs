//! The most memory of the program and of its interpreter, with 40 MB loaded and in use.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use headwater_testkit::workspace::spawn;
use headwater_testkit::{Gate, ModelServer};

use super::Measure;
use crate::report::Line;
use crate::rig::{self, DEADLINE, Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "memory",
    summary: "40 MB in use: peak memory of all processes together",
    peers: "rlms 172 MB, minrlm 126 MB, aleph 115 MB, dspy.RLM 321 MB",
    run,
};

/// Blocks that use the whole of it, before the server holds its answer.
const BLOCKS: [&str; 2] =
    ["n = context.count('served')\nprint(n)", "hits = grep('component-07', max=5)\nhits"];

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let mut blocks: Vec<String> = BLOCKS.iter().map(|code| block(code)).collect();
    blocks.push(block("FINAL(n)"));
    let (mut peaks, mut programs, mut proportional) = (vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let gate = Gate::new();
        let held = Some((BLOCKS.len(), gate.clone()));
        let server = ModelServer::start(rig::script(&blocks, Duration::ZERO, held));
        let running = spawn(&mut rig.rlm(&server));
        server.wait_for_requests(BLOCKS.len() + 1, DEADLINE);
        let family = family(running.pid());
        ensure!(family.len() > 1, "no interpreter was found");
        let sizes = family.iter().map(|pid| size(*pid)).collect::<Result<Vec<_>>>()?;
        programs.push(sizes.first().map_or(0.0, |size| size.peak));
        peaks.push(sizes.iter().map(|size| size.peak).sum());
        proportional.push(sizes.iter().map(|size| size.proportional).sum());
        gate.open();
        let finished = running.finish(DEADLINE);
        ensure!(finished.code == Some(0), "{}", finished.stderr);
    }
    Ok(vec![
        Line::new("peak, resident, summed", "MB", peaks).at_most(140.0),
        Line::new("  of it the program itself", "MB", programs),
        Line::new("  now, what is shared counted once", "MB", proportional),
    ])
}

/// A process and all below it.
fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        next += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for task in tasks.filter_map(Result::ok) {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// Memory of a process, in MB.
struct Size {
    peak: f64,
    proportional: f64,
}

fn size(pid: u32) -> Result<Size> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    // The interpreter's memory map is closed to others: it has no keys, but the host might.
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let peak = field(&status, "VmHWM:").context("VmHWM")?;
    Ok(Size { peak, proportional: field(&rollup, "Pss:").or(field(&status, "VmRSS:")).unwrap_or(peak) })
}

fn field(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}
