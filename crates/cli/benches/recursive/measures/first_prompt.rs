//! How large the root's first prompt is.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "first_prompt",
    summary: "the root's first prompt",
    peers: "rlms 5,650, minrlm 18,018, aleph 3,516, dspy.RLM 5,530",
    run,
};

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let run = rig.run(&[block("FINAL(1)")], Duration::ZERO)?;
    let first = run.roots.first().context("a request")?;
    let chars = |role: &str| -> f64 {
        let messages = first.messages().iter().filter(|message| message["role"] == role);
        messages
            .filter_map(|message| message["content"].as_str())
            .map(|text| text.chars().count() as f64)
            .sum()
    };
    let (system, user) = (chars("system"), chars("user"));
    Ok(vec![
        Line::new("characters", "", vec![system + user]).at_most(4_500.0),
        Line::new("  of them the question", "", vec![user]),
    ])
}
