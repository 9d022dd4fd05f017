//! What a card will take, computed from the sizes of what its sub-tasks look at (the inequalities of RECURSIVE §5):
//! never what a model says of it.

use std::time::Duration;

use headwater_protocol::card::{Estimate, SubTask, Tier};
use headwater_protocol::{MissionCard, ModelInfo, Tokens, Usage, Usd};

use super::super::grant::PathGlobs;

/// The most characters that one call is given.
const CAPACITY: u64 = 100_000;
/// The part of the window that a text may fill.
const WINDOW_SHARE: u64 = 2;
/// Characters a token, about.
const CHARS_PER_TOKEN: u64 = 4;
/// Tokens of the words around a text, and of an answer.
const PROMPT_AND_ANSWER: (u64, u64) = (400, 400);
/// Answers that one merge takes in.
const FAN_IN: u64 = 8;
/// Tokens of one request of the root and of its answer.
const ROOT_TURN: (u64, u64) = (4_000, 600);
/// Answers of the root beside those for sub-tasks.
const ROOT_TURNS: u64 = 2;

/// What an estimate hangs on.
#[derive(Clone, Copy, Debug)]
pub struct EstimateFacts<'a> {
    /// Names and bytes of what can be looked at.
    pub sizes: &'a [(String, u64)],
    /// The child model.
    pub cheap: &'a ModelInfo,
    /// The session's own model.
    pub strong: &'a ModelInfo,
    /// Calls that are out at once.
    pub width: usize,
    /// How long a call takes.
    pub pace: Duration,
}

/// Calls and tokens of one sub-task, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    calls: u64,
    usage: Usage,
}

/// What the sub-tasks that are switched on will take.
pub fn estimate(card: &MissionCard, facts: &EstimateFacts<'_>) -> Estimate {
    let tasks: Vec<&SubTask> = card.subtasks.iter().filter(|task| task.on).collect();
    if tasks.is_empty() {
        return Estimate::default();
    }
    let (mut least, mut most) = (Load::default(), Load::default());
    let mut cost = Some((Usd(0.0), Usd(0.0)));
    let mut tokens = Tokens(0);
    for task in &tasks {
        let model = if task.tier == Tier::Cheap { facts.cheap } else { facts.strong };
        let (low, high) = load(bytes(task, facts.sizes), model);
        cost = sum(cost, model, low, high);
        least.calls += low.calls;
        most.calls += high.calls;
        tokens = tokens + high.usage.input + high.usage.output;
    }
    let count = tasks.len() as u64;
    let (low, high) = (root(count + 1), root(2 * count + ROOT_TURNS));
    cost = sum(cost, facts.strong, low, high);
    tokens = tokens + high.usage.input + high.usage.output;
    let narrow = |calls: u64| u32::try_from(calls).unwrap_or(u32::MAX);
    Estimate {
        calls: (narrow(least.calls), narrow(most.calls)),
        tokens,
        cost_usd: cost,
        seconds: seconds(most.calls, count, facts),
    }
}

fn sum(cost: Option<(Usd, Usd)>, model: &ModelInfo, low: Load, high: Load) -> Option<(Usd, Usd)> {
    let (least, most) = cost?;
    Some((least + model.cost(low.usage)?, most + model.cost(high.usage)?))
}

/// Bytes that a sub-task looks at.
fn bytes(task: &SubTask, sizes: &[(String, u64)]) -> u64 {
    // A card whose globs cannot be read has faults that say so.
    let Ok(globs) = PathGlobs::new(&task.looks_at) else { return 0 };
    sizes.iter().filter(|(name, _)| globs.holds(name)).map(|(_, bytes)| bytes).sum()
}

/// The least and the most for a text: pieces of at most the capacity, none but the last below nine tenths of it, and
/// merges of eight answers until one is left.
fn load(bytes: u64, model: &ModelInfo) -> (Load, Load) {
    let capacity = CAPACITY.min(model.window.0 / WINDOW_SHARE * CHARS_PER_TOKEN).max(1);
    let fewest = bytes.div_ceil(capacity).max(1);
    let pieces = (bytes * 10).div_ceil(capacity * 9).max(1);
    let merges = (pieces - 1).div_ceil(FAN_IN - 1);
    let (prompt, answer) = PROMPT_AND_ANSWER;
    let usage = |calls: u64, merges: u64, answer: u64| Usage {
        input: Tokens(bytes / CHARS_PER_TOKEN + calls * prompt + merges * FAN_IN * answer),
        output: Tokens(calls * answer),
        ..Usage::default()
    };
    let low = Load { calls: fewest, usage: usage(fewest, 0, answer / 4) };
    let high = Load { calls: pieces + merges, usage: usage(pieces + merges, merges, answer) };
    (low, high)
}

fn root(turns: u64) -> Load {
    let (input, output) = ROOT_TURN;
    let usage = Usage { input: Tokens(turns * input), output: Tokens(turns * output), ..Usage::default() };
    Load { calls: 0, usage }
}

fn seconds(calls: u64, tasks: u64, facts: &EstimateFacts<'_>) -> u64 {
    let width = (facts.width as u64).max(1);
    let waves = calls.div_ceil(width) + 2 * tasks + ROOT_TURNS;
    facts.pace.saturating_mul(u32::try_from(waves).unwrap_or(u32::MAX)).as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Price;
    use proptest::prelude::*;

    use super::*;

    fn model(price: Option<Price>) -> ModelInfo {
        ModelInfo { window: Tokens(128_000), price, ..ModelInfo::unknown("m") }
    }

    fn card(globs: &[&str], tier: Tier) -> MissionCard {
        let task = SubTask {
            n: 1,
            title: String::new(),
            looks_at: globs.iter().map(|glob| (*glob).to_owned()).collect(),
            expected_output: String::new(),
            done_check: headwater_protocol::card::DoneCheck::Human,
            writes: vec![],
            tools: vec![],
            tier,
            depends_on: vec![],
            claims: vec![],
            on: true,
        };
        MissionCard { subtasks: vec![task], ..MissionCard::default() }
    }

    fn of(card: &MissionCard, bytes: u64) -> Estimate {
        let sizes = [("src/a.rs".to_owned(), bytes), ("docs/a.md".to_owned(), 77)];
        let price = Some(Price { input: 1.0, output: 2.0, cache_read: None, cache_write: None });
        let (cheap, strong) = (model(price), model(price));
        let pace = Duration::from_secs(2);
        estimate(card, &EstimateFacts { sizes: &sizes, cheap: &cheap, strong: &strong, width: 16, pace })
    }

    #[test]
    fn calls_follow_the_inequality_of_the_plans() {
        let card = card(&["src/**"], Tier::Cheap);
        let table = [(0, (1, 1)), (100_000, (1, 3)), (1_000_000, (10, 14)), (40_000_000, (400, 509))];
        for (bytes, expected) in table {
            let estimate = of(&card, bytes);
            let (low, high) = estimate.cost_usd.unwrap();
            assert_eq!(estimate.calls, expected, "{bytes}");
            assert!(low.0 > 0.0 && low < high && estimate.seconds > 0);
        }
    }

    #[test]
    fn only_what_is_switched_on_and_priced_counts() {
        let mut off = card(&["src"], Tier::Cheap);
        off.subtasks[0].on = false;
        assert_eq!(of(&off, 1_000_000), Estimate::default());
        let card = card(&["docs/*"], Tier::Strong);
        assert_eq!(of(&card, 40_000_000).calls, (1, 1));
        let unknown = model(None);
        let facts =
            EstimateFacts { sizes: &[], cheap: &unknown, strong: &unknown, width: 0, pace: Duration::ZERO };
        assert_eq!(estimate(&card, &facts).cost_usd, None);
    }

    proptest! {
        #[test]
        fn more_to_read_never_takes_less(small in 0..50_000_000u64, more in 0..50_000_000u64) {
            let card = card(&["src/**"], Tier::Cheap);
            let (one, other) = (of(&card, small), of(&card, small + more));
            prop_assert!(one.calls.0 <= other.calls.0 && one.calls.1 <= other.calls.1);
            prop_assert!(one.calls.0 <= one.calls.1 && one.tokens <= other.tokens);
        }
    }
}
