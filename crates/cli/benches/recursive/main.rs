//! `headwater rlm` as RECURSIVE §9 measures recursive modes: the real binary, a scripted model server on loopback whose root
//! answers with one fenced block a turn, a context of 40 MB.
//!
//! `cargo bench -p headwater-cli --bench recursive [-- [--runs N] [MEASURE…]]` prints each row beside its aim and the peers'
//! figures, which come from another day and the same kind of machine.
#![expect(clippy::print_stdout, reason = "the report of a bench")]

#[path = "../program/child_usage.rs"]
mod child_usage;
mod measures;
#[path = "../program/report.rs"]
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
    if wanted.measures.is_empty() {
        return Ok(());
    }
    let rig = Rig::set(wanted.runs)?;
    println!("medians [least–most] of {} runs; loopback only; peers as RECURSIVE §9 has them", rig.runs);
    for measure in wanted.measures {
        let began = Instant::now();
        let lines = (measure.run)(&rig).with_context(|| measure.name)?;
        print!("{}", report::table(measure, &lines, began.elapsed()));
        println!("  {:<42} {}", "peers", measure.peers);
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
