//! What is sent over the 21 requests of B: the first one, how much of each the one before holds already, connections.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use headwater_testkit::Recorded;
use serde_json::Value;

use super::{Measure, tool_calls};
use crate::report::Line;
use crate::rig::Rig;

pub(super) const MEASURE: Measure =
    Measure { name: "requests", summary: "what is sent over the 21 requests of B", run };

fn run(_: &Rig) -> Result<Vec<Line>> {
    let requests = tool_calls::requests()?;
    let first = requests.first().context("a request")?;
    let prompts: Vec<String> = requests.iter().map(prompt).collect();
    let pairs: Vec<(&String, &String)> = prompts.iter().zip(prompts.iter().skip(1)).collect();
    let kept: usize = pairs.iter().map(|(one, next)| common(one, next)).sum();
    let lost: usize = pairs.iter().map(|(one, next)| one.len() - common(one, next)).sum();
    let sent: usize = pairs.iter().map(|(_, next)| next.len()).sum();
    let connections: BTreeSet<usize> = requests.iter().map(|request| request.connection).collect();
    let one = |what: &str, unit, value: usize| Line::new(what, unit, vec![value as f64]);
    Ok(vec![
        one("first request", "bytes", first.raw.len()).at_most(14_000.0),
        one("  its tools", "bytes", tools(first).len()),
        one(
            "  its system prompt",
            "bytes",
            first.messages().first().map_or(0, |message| message.to_string().len()),
        ),
        one("all requests", "bytes", requests.iter().map(|request| request.raw.len()).sum()),
        Line::new("stable prefix", "%", vec![100.0 * kept as f64 / sent as f64]).at_least(99.5),
        one("bytes of earlier prompts lost", "bytes", lost).at_most(0.0),
        one("connections", "", connections.len()).at_most(1.0),
    ])
}

/// What a server's cache sees: the tools, then every message.
fn prompt(request: &Recorded) -> String {
    let messages = request.messages().iter().map(Value::to_string);
    std::iter::once(tools(request)).chain(messages).collect()
}

fn tools(request: &Recorded) -> String {
    request.body.get("tools").map(Value::to_string).unwrap_or_default()
}

fn common(one: &str, next: &str) -> usize {
    one.bytes().zip(next.bytes()).take_while(|(a, b)| a == b).count()
}
