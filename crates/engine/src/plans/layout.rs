//! A plan before it runs: its chunks, its questions, and with them how many calls it makes.

use std::ops::Range;
use std::time::Duration;

use headwater_context::estimate_bytes;
use headwater_protocol::card::Estimate;
use headwater_protocol::{ModelInfo, PromptPiece, Tokens};

use super::cross;
use super::estimate::{self, Figures};
use super::filter;
use super::map::Leaf;
use super::reduce::levels;
use super::split::{LEAST_TAU, split};
use super::stretch::Stretch;
use super::task::Task;
use super::wishes::{Cross, Filter, Reduce, Wishes};
use crate::children::Pool;

/// The most bytes of a chunk where nothing is wished (RECURSIVE §5).
const TAU: usize = 100_000;
/// Answers that one merge takes where nothing is wished.
const K: usize = 8;
/// The longest answer where nothing is wished, in tokens.
const ANSWER: u64 = 512;
/// Chunks that a search reads where nothing is wished.
const KEEP: usize = 16;
/// The most bytes a token that are reckoned with: too few rather than too many.
const BYTES_PER_TOKEN: f64 = 3.0;
/// Tokens of the child's system prompt, of roles and of the frame around a text, and then some.
const FRAME: u64 = 400;
/// How long a call takes before any was seen.
const PACE: Duration = Duration::from_secs(3);

/// What a plan runs on.
pub(super) struct Surroundings {
    pub(super) model: ModelInfo,
    pub(super) width: usize,
    pub(super) pace: Duration,
}

impl Surroundings {
    pub(super) fn of(pool: &Pool, wishes: &Wishes) -> Self {
        let model = pool.provider(wishes.model).model().clone();
        Self { model, width: pool.width(wishes.model), pace: pool.pace().unwrap_or(PACE) }
    }
}

/// A plan whose calls are counted.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) task: Task,
    pub(super) question: String,
    /// What each call of the first level is about, in the order of the text.
    pub(super) abouts: Vec<Vec<PromptPiece>>,
    /// What a model is shown to say whether a call is worth it, one for each; empty when no model is asked.
    pub(super) glances: Vec<Vec<PromptPiece>>,
    pub(super) leaf: Leaf,
    pub(super) merge: Leaf,
    pub(super) reduce: Reduce,
    pub(super) cross: Cross,
    pub(super) k: usize,
    pub(super) tau: usize,
    /// Bytes that are read, and all of them.
    pub(super) coverage: (usize, usize),
    /// Numbers, from 1, of the chunks that are not asked.
    pub(super) dropped: Vec<usize>,
    /// Merges of each level, at most.
    pub(super) levels: Vec<usize>,
    pub(super) estimate: Estimate,
}

impl Layout {
    /// Lays a plan out. The error is a sentence about a wish that cannot be met.
    pub(super) fn new(
        task: Task,
        question: &str,
        stretch: &Stretch<'_>,
        (wishes, on): (&Wishes, &Surroundings),
    ) -> Result<Self, String> {
        let reduce = wishes.reduce.unwrap_or(task.reduce());
        let cross = wishes.cross.unwrap_or(Cross::Model);
        let is_crossed = task == Task::Pairs && cross == Cross::Model;
        let leaf = leaf(task.leaf(reduce, cross), question, wishes);
        let merge = self::leaf("merge", question, wishes);
        let tau = tau(wishes, &leaf, &on.model, stretch.bytes_per_token())?;
        let k = wishes.k.unwrap_or(K).max(2);
        // Two chunks go into one call where pairs are looked for.
        let chunks = split(stretch, if is_crossed { tau / 2 } else { tau }, wishes.overlap)?;
        let kept = kept(task, question, stretch, (&chunks, wishes))?;
        let dropped =
            (0..chunks.len()).filter(|place| !kept.contains(place)).map(|place| place + 1).collect();
        let chunks: Vec<Range<usize>> = kept.iter().filter_map(|place| chunks.get(*place).cloned()).collect();
        let abouts: Vec<Vec<PromptPiece>> = if is_crossed {
            cross::pairs(stretch, &chunks)
        } else {
            chunks.iter().map(|chunk| stretch.pieces(chunk.clone())).collect()
        };
        let is_judged = !is_crossed && wishes.filter == Some(Filter::Named("model".to_owned()));
        let glance = |chunk| filter::glance(stretch, chunk, question);
        let glances = if is_judged { chunks.iter().map(glance).collect() } else { Vec::new() };
        let levels = if reduce == Reduce::Model { levels(abouts.len(), k) } else { Vec::new() };
        let read = read(&chunks);
        let repeated = if is_crossed { chunks.len() + 1 } else { 1 };
        let figures = Figures {
            bytes: chunks.iter().map(ExactSizeIterator::len).sum::<usize>().saturating_mul(repeated),
            leaves: abouts.len(),
            glances: glances.len(),
            levels: &levels,
            k,
            prompt: prompt_tokens(&leaf),
            answer: Tokens(leaf.max_tokens),
        };
        let estimate = estimate::estimate(&figures, on);
        let coverage = (read, stretch.len());
        let question = question.to_owned();
        Ok(Self {
            task,
            question,
            abouts,
            glances,
            leaf,
            merge,
            reduce,
            cross,
            k,
            tau,
            coverage,
            dropped,
            levels,
            estimate,
        })
    }
}

fn leaf(name: &str, question: &str, wishes: &Wishes) -> Leaf {
    let max_tokens = wishes.max_tokens.unwrap_or(ANSWER).max(1);
    Leaf { words: Leaf::named(name, question), max_tokens, tier: wishes.model }
}

fn prompt_tokens(leaf: &Leaf) -> Tokens {
    estimate_bytes(leaf.words.len(), 1.0) + Tokens(FRAME)
}

/// The most bytes of a chunk: as wished when the window takes it, else what it takes.
fn tau(wishes: &Wishes, leaf: &Leaf, model: &ModelInfo, density: f64) -> Result<usize, String> {
    let taken = leaf.max_tokens.min(model.window.0 / 4) + prompt_tokens(leaf).0;
    let room = model.window.0.saturating_sub(taken) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a window is never negative or near 2^63"
    )]
    let most = (room * density.min(BYTES_PER_TOKEN)) as usize;
    if most < LEAST_TAU {
        return Err(format!("the window of {} has no room for a chunk beside the question", model.name));
    }
    match wishes.tau {
        Some(tau) if tau > most => Err(format!(
            "tau is {tau}, and the window of {} takes chunks of {most} bytes at most",
            model.name
        )),
        Some(tau) => Ok(tau),
        None => Ok(TAU.min(most)),
    }
}

/// The places of the chunks that are asked.
fn kept(
    task: Task,
    question: &str,
    stretch: &Stretch<'_>,
    (chunks, wishes): (&[Range<usize>], &Wishes),
) -> Result<Vec<usize>, String> {
    let all = || (0..chunks.len()).collect();
    let near = |keep| filter::best(&filter::rank(stretch, chunks, question), keep);
    match &wishes.filter {
        None if task.is_filtered() && chunks.len() > KEEP => Ok(near(KEEP)),
        None => Ok(all()),
        Some(Filter::Keep(keep)) => Ok(near(*keep)),
        Some(Filter::Named(name)) => match name.as_str() {
            "all" | "none" | "model" => Ok(all()),
            "rank" => Ok(near(KEEP)),
            rx => filter::matching(stretch, chunks, rx),
        },
    }
}

/// The bytes of the text that lie in some chunk.
fn read(chunks: &[Range<usize>]) -> usize {
    let (mut read, mut end) = (0, 0);
    for chunk in chunks {
        read += chunk.end.saturating_sub(chunk.start.max(end));
        end = end.max(chunk.end);
    }
    read
}

#[cfg(test)]
mod tests {
    use headwater_protocol::{Corpus, Price};
    use serde_json::json;

    use super::super::stretch::tests::words;
    use super::*;

    fn on() -> Surroundings {
        let price = Some(Price { input: 1.0, output: 2.0, cache_read: None, cache_write: None });
        let model = ModelInfo { window: Tokens(64_000), price, ..ModelInfo::unknown("m") };
        Surroundings { model, width: 4, pace: Duration::from_secs(2) }
    }

    fn lay(task: Task, text: &str, options: &serde_json::Value) -> Result<Layout, String> {
        let (corpus, over) = (Corpus::default(), words(&[text]));
        let stretch = Stretch::of(&over, &corpus).unwrap();
        Layout::new(task, "where is the needle", &stretch, (&Wishes::read(options)?, &on()))
    }

    #[test]
    fn calls_are_leaves_and_merges() {
        let text = "hay hay hay hay hay\n".repeat(5_000);
        let laid = lay(Task::Summarize, &text, &json!({"tau": 10_000, "k": 4})).unwrap();
        assert_eq!((laid.abouts.len(), laid.levels.as_slice()), (10, &[2, 1][..]));
        assert_eq!(laid.estimate.calls, (13, 13));
        let counted = lay(Task::Aggregate, &text, &json!({"tau": 10_000})).unwrap();
        assert_eq!((counted.estimate.calls, counted.levels.len()), ((10, 10), 0));
        let crossed = lay(Task::Pairs, &text, &json!({"tau": 40_000})).unwrap();
        assert_eq!((crossed.abouts.len(), crossed.estimate.calls), (15, (15, 15)));
        let joined = lay(Task::Pairs, &text, &json!({"tau": 40_000, "cross": "key"})).unwrap();
        assert_eq!(joined.abouts.len(), 3);
    }

    #[test]
    fn a_search_reads_what_is_near_and_names_the_rest() {
        let mut text = "hay hay hay hay hay\n".repeat(5_000);
        text.replace_range(50_000..50_006, "needle");
        let laid = lay(Task::Search, &text, &json!({"tau": 5_000})).unwrap();
        assert_eq!((laid.abouts.len(), laid.dropped.len()), (1, 19));
        assert!(laid.coverage.0 <= 5_000 && laid.coverage.1 == text.len(), "{:?}", laid.coverage);
        let judged = lay(Task::Search, &text, &json!({"tau": 20_000, "filter": "model"})).unwrap();
        assert_eq!((judged.glances.len(), judged.estimate.calls), (5, (5, 11)));
    }

    #[test]
    fn wishes_that_cannot_be_met_are_refused() {
        let why = lay(Task::Search, "x", &json!({"tau": 1_000_000})).unwrap_err();
        assert!(why.contains("takes chunks of"), "{why}");
        assert_eq!(lay(Task::Search, "x", &json!({})).unwrap().tau, 100_000);
    }
}
