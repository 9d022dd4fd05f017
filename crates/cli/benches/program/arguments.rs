//! What the command line of a bench asks for.

use anyhow::{Context as _, Result, bail};

use crate::measures::{MEASURES, Measure};

/// Measures, and how often each is taken.
pub(crate) struct Wanted {
    pub(crate) runs: usize,
    pub(crate) measures: Vec<&'static Measure>,
}

impl Wanted {
    /// Cargo adds `--bench`; without it (`cargo test --benches`) nothing is measured.
    pub(crate) fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { runs: 5, measures: Vec::new() };
        let mut is_bench = false;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--bench" => is_bench = true,
                "--runs" => {
                    wanted.runs = rest.next().context("--runs takes a number")?.parse::<usize>()?.max(1);
                }
                name => wanted.measures.push(named(name)?),
            }
        }
        if is_bench && wanted.measures.is_empty() {
            wanted.measures = MEASURES.iter().collect();
        }
        Ok(wanted)
    }
}

fn named(name: &str) -> Result<&'static Measure> {
    if let Some(measure) = MEASURES.iter().find(|measure| measure.name == name) {
        return Ok(measure);
    }
    let names: Vec<&str> = MEASURES.iter().map(|measure| measure.name).collect();
    bail!("no measure is named {name}; there are {}", names.join(", "))
}
