//! The whole program, measured as a person or a script meets it: the real binary, real HTTP on loopback, a real PTY.
//!
//! `cargo bench -p headwater-cli --bench program [-- [--runs N] [MEASURE…]]` prints a table of medians with the least and
//! the most; docs/PERFORMANCE.md says what the figures mean. Not divan: processor time, memory, bytes and wake-ups of
//! another process are no samples of a closure. Each measure that has a floor takes it in the same run, since on a busy
//! machine only ratios count.
#![expect(clippy::print_stdout, reason = "the report of a bench")]

mod arguments;
mod child_usage;
mod measures;
mod proc;
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
    let rig = Rig { runs: wanted.runs };
    println!("medians [least–most] of {} runs; loopback only", rig.runs);
    for measure in wanted.measures {
        let began = Instant::now();
        let lines = (measure.run)(&rig).with_context(|| measure.name)?;
        print!("{}", report::table(measure, &lines, began.elapsed()));
    }
    Ok(())
}
