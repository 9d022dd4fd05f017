//! `headwater rlm` as RECURSIVE §9 measures recursive modes: the real binary, a scripted model server on loopback whose root
//! answers with one fenced block a turn, a context of 40 MB.
//!
//! `cargo bench -p headwater-cli --bench recursive [-- [--runs N] [MEASURE…]]` prints each row beside its aim and the peers'
//! figures, which come from another day and the same kind of machine.
#![expect(clippy::print_stdout, reason = "the report of a bench")]

#[path = "../program/arguments.rs"]
mod arguments;
#[path = "../program/child_usage.rs"]
mod child_usage;
mod measures;
#[path = "../program/report.rs"]
mod report;
mod rig;

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::arguments::Wanted;
use crate::rig::Rig;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((child_usage::ARGUMENT, rest)) = arguments.split_first().map(|(first, rest)| (&**first, rest))
    {
        return child_usage::wrap(rest);
    }
    let wanted = Wanted::read(&arguments)?;
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
