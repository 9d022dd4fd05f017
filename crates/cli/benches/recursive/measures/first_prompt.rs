//! How large the root's first prompt is.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use headwater_testkit::workspace::spawn;
use headwater_testkit::{ModelServer, Recorded};

use super::Measure;
use crate::report::Line;
use crate::rig::{self, DEADLINE, Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "first_prompt",
    summary: "the root's first prompt",
    peers: "rlms 5,650, minrlm 18,018, aleph 3,516, dspy.RLM 5,530",
    run,
};

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let run = rig.run(&[block("FINAL(1)")], Duration::ZERO)?;
    let (system, user) = sizes(run.roots.first().context("a request")?);
    let server = ModelServer::start(rig::script(&[block("FINAL(1)")], Duration::ZERO, None));
    let weak = spawn(rig.rlm(&server).args(["-c", "models.\"scripted\".weak_root=true"])).finish(DEADLINE);
    ensure!(weak.code == Some(0), "{}", weak.stderr);
    let (weak_system, weak_user) = sizes(server.requests().first().context("a request")?);
    Ok(vec![
        Line::new("characters", "", vec![system + user]).at_most(4_500.0),
        Line::new("  of them the question", "", vec![user]),
        Line::new("  to a weak root, with what helps one", "", vec![weak_system + weak_user]),
    ])
}

/// Characters of the system prompt and of the question.
fn sizes(first: &Recorded) -> (f64, f64) {
    let chars = |role: &str| -> f64 {
        let messages = first.messages().iter().filter(|message| message["role"] == role);
        messages
            .filter_map(|message| message["content"].as_str())
            .map(|text| text.chars().count() as f64)
            .sum()
    };
    (chars("system"), chars("user"))
}
