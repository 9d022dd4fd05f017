//! What ten iterations over 40 MB leave on disk beside the context, which is kept once.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "trace",
    summary: "10 iterations at 40 MB, each with a call over 50,000 characters: what is written",
    peers: "rlms 890 MB, minrlm 0.28 MB",
    run,
};

const ITERATIONS: usize = 10;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let ask = |n: usize| {
        let (from, to) = (n * 100_000, n * 100_000 + 50_000);
        block(&format!("a{n} = llm_query('what is it about?', context[{from}:{to}])\nprint(a{n})"))
    };
    let mut blocks: Vec<String> = (0..ITERATIONS).map(ask).collect();
    blocks.push(block("FINAL(a1)"));
    let (mut logs, mut variables) = (vec![], vec![]);
    for _ in 0..rig.runs {
        let run = rig.run(&blocks, Duration::ZERO)?;
        let first = run.finished.records().into_iter().next().context("a record")?;
        let session = rig.sessions().join(first.get("session").and_then(Value::as_str).context("a session")?);
        logs.push(std::fs::metadata(session.join("transcript.jsonl"))?.len() as f64 / 1e6);
        variables.push(bytes_below(&session.join("variables")) as f64 / 1e6);
    }
    Ok(vec![
        Line::new("the log", "MB", logs).at_most(0.1),
        Line::new("  variables, kept after each block", "MB", variables),
    ])
}

fn bytes_below(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return path.metadata().map_or(0, |file| file.len());
    };
    entries.filter_map(Result::ok).map(|entry| bytes_below(&entry.path())).sum()
}
