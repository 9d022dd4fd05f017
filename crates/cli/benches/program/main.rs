//! The whole program, measured as a person or a script meets it: the real binary, real HTTP on loopback, a real PTY.
//!
//! `cargo bench -p headwater-cli --bench program [-- [--runs N] [MEASURE…]]` prints a table of medians with the least and
//! the most; docs/PERFORMANCE.md says what the figures mean. Not divan: processor time, memory, bytes and wake-ups of
//! another process are no samples of a closure. Each measure that has a floor takes it in the same run, since on a busy
//! machine only ratios count.
#![expect(clippy::print_stdout, reason = "the report of a bench")]

mod child_usage;
mod measures;
mod proc;
mod report;
mod rig;

use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::measures::{MEASURES, Measure};
use crate::rig::Rig;

/// What the command line asks for.
struct Wanted {
    runs: usize,
    measures: Vec<&'static Measure>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((child_usage::ARGUMENT, rest)) = arguments.split_first().map(|(first, rest)| (&**first, rest))
    {
        return child_usage::wrap(rest);
    }
    let wanted = wanted(&arguments)?;
    let rig = Rig { runs: wanted.runs };
    println!("medians [least–most] of {} runs; loopback only", rig.runs);
    for measure in wanted.measures {
        let began = Instant::now();
        let lines = (measure.run)(&rig).with_context(|| measure.name)?;
        print!("{}", report::table(measure, &lines, began.elapsed()));
    }
    Ok(())
}

/// Cargo adds `--bench`; without it (`cargo test --benches`) nothing is measured.
fn wanted(arguments: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { runs: 5, measures: Vec::new() };
    let mut is_bench = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--bench" => is_bench = true,
            "--runs" => wanted.runs = rest.next().context("--runs takes a number")?.parse::<usize>()?.max(1),
            name => wanted.measures.push(named(name)?),
        }
    }
    if is_bench && wanted.measures.is_empty() {
        wanted.measures = MEASURES.iter().collect();
    }
    Ok(wanted)
}

fn named(name: &str) -> Result<&'static Measure> {
    if let Some(measure) = MEASURES.iter().find(|measure| measure.name == name) {
        return Ok(measure);
    }
    let names: Vec<&str> = MEASURES.iter().map(|measure| measure.name).collect();
    bail!("no measure is named {name}; there are {}", names.join(", "))
}
