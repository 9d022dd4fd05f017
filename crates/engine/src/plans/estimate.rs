//! What a plan will take, from its size alone (RECURSIVE §5).

use std::time::Duration;

use headwater_context::estimate_bytes;
use headwater_protocol::card::Estimate;
use headwater_protocol::{Tokens, Usage, Usd};
use serde_json::{Value, json};

use super::layout::{Layout, Surroundings};

/// The shortest answer that is reckoned with, in tokens.
const LEAST_ANSWER: u64 = 8;
/// What a model is shown of a chunk to judge it, in tokens, about.
const GLANCE: u64 = 900;

/// The sizes of a plan.
pub(super) struct Figures<'a> {
    /// Bytes of text in all calls of the first level, repetitions included.
    pub(super) bytes: usize,
    pub(super) leaves: usize,
    pub(super) glances: usize,
    /// Merges of each level.
    pub(super) levels: &'a [usize],
    pub(super) k: usize,
    /// Tokens of a question without its text.
    pub(super) prompt: Tokens,
    /// Tokens of the longest answer.
    pub(super) answer: Tokens,
}

/// Calls, tokens, money and time. With a model that judges chunks first, the least is that it keeps none.
pub(super) fn estimate(figures: &Figures<'_>, on: &Surroundings) -> Estimate {
    let merges: usize = figures.levels.iter().sum();
    let most = figures.glances + figures.leaves + merges;
    let least = if figures.glances > 0 { figures.glances } else { most };
    let (leaves, merges, glances, k) =
        (figures.leaves as u64, merges as u64, figures.glances as u64, figures.k as u64);
    let prompts = (leaves + merges + glances).saturating_mul(figures.prompt.0);
    let answers = (leaves + merges).saturating_mul(figures.answer.0);
    let texts = estimate_bytes(figures.bytes, 1.0).0 + glances.saturating_mul(GLANCE);
    let input = texts + prompts + merges.saturating_mul(k).saturating_mul(figures.answer.0);
    let cost = |input, output| on.model.cost(usage(input, output));
    let shortest = (texts + prompts, (leaves + merges).saturating_mul(LEAST_ANSWER));
    Estimate {
        calls: (count(least), count(most)),
        tokens: Tokens(input.saturating_add(answers)),
        cost_usd: cost(shortest.0, shortest.1).zip(cost(input, answers)),
        seconds: seconds(figures, on),
    }
}

fn usage(input: u64, output: u64) -> Usage {
    Usage { input: Tokens(input), output: Tokens(output), ..Usage::default() }
}

fn count(calls: usize) -> u32 {
    u32::try_from(calls).unwrap_or(u32::MAX)
}

/// Each level in rounds of as many calls as may be out at once.
fn seconds(figures: &Figures<'_>, on: &Surroundings) -> u64 {
    let levels = [figures.glances, figures.leaves].into_iter().chain(figures.levels.iter().copied());
    let rounds: usize = levels.map(|calls| calls.div_ceil(on.width.max(1))).sum();
    let took: Duration = on.pace.saturating_mul(count(rounds));
    took.as_secs() + u64::from(took.subsec_nanos() > 0)
}

/// An estimate as a block reads it.
pub(super) fn value(layout: &Layout) -> Value {
    let Estimate { calls, tokens, cost_usd, seconds } = layout.estimate;
    let merges: usize = layout.levels.iter().sum();
    json!({
        "task": layout.task.name(),
        "tau": layout.tau,
        "chunks": layout.abouts.len(),
        "dropped": layout.dropped.len(),
        "merges": merges,
        "calls": [calls.0, calls.1],
        "tokens": tokens,
        "cost_usd": cost_usd.map(|(least, most)| [least, most]),
        "seconds": seconds,
        "text": sentence(layout, merges),
    })
}

fn sentence(layout: &Layout, merges: usize) -> String {
    let Estimate { calls: (least, most), tokens, cost_usd, seconds } = layout.estimate;
    let calls = if least == most { format!("{most} calls") } else { format!("{least} to {most} calls") };
    let cost = cost_usd
        .map_or_else(|| "cost unknown".to_owned(), |(Usd(least), most)| format!("{} to {most}", Usd(least)));
    format!(
        "{calls} ({} of chunks, {merges} merges), at most {} tokens, {cost}, about {seconds} s",
        layout.abouts.len(),
        tokens.0
    )
}
