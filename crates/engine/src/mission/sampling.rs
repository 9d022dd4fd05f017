//! Novelty sampling: which nodes are probed next, given what the answers so far brought (RECURSIVE §7.4).
//!
//! *Invariants:* a quarter of the calls, at least, goes to nodes that nobody has looked at, as long as there are any;
//! everything is a function of the corpus, the answers and the seed; nothing is asked here.

mod bandit;
mod coverage;
mod zooms;

use std::collections::VecDeque;

use headwater_protocol::Corpus;

use self::bandit::{Action, Bandit};
pub use self::coverage::Coverage;
use self::coverage::ReadSpans;
use super::answers::read;
use super::intake::Node;
use super::novelty::{Curve, Memory};
use super::observations::{Observation, Place, ProbeAnswer, ground};

/// The most probes of one batch.
pub const BATCH: usize = 8;
/// Nodes that come first by their prior.
const FRONTIER: usize = 8;
/// Nodes of low prior that are looked at all the same.
const STRAYS: usize = 2;
/// Nodes of the frontier that go before the strays, so that the first batch has both.
const BEFORE_STRAYS: usize = BATCH - STRAYS;
/// One call in so many, at least, goes to a node that nobody has looked at.
const WIDEN_ONE_IN: u32 = 4;
/// The most observations that are taken of one answer.
const MOST_OBSERVATIONS: usize = 8;

/// How far sampling may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplingLimits {
    /// Calls.
    pub calls: u32,
    /// Levels of closeness, the first included.
    pub levels: u8,
}

/// Why sampling ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SamplingEnd {
    /// Everything was looked at.
    Everything,
    /// Nothing new came any more.
    NothingNew,
    /// The calls were used up.
    Calls,
    /// From outside: time, money, a failing model, a person; in one sentence.
    Stopped(String),
}

/// What sampling found.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// The observations, in the order in which they came.
    pub observations: Vec<Observation>,
    /// Novelty of each answer, in order.
    pub novelty: Vec<f64>,
    /// What was read.
    pub coverage: Coverage,
    /// Calls made.
    pub calls: u32,
    /// Calls without an answer that could be read.
    pub failed: u32,
    /// Why it ended.
    pub end: SamplingEnd,
}

/// Sampling under way.
#[derive(Debug)]
pub struct Sampling {
    corpus: Corpus,
    limits: SamplingLimits,
    nodes: Vec<Node>,
    /// Nodes that nobody has looked at, in order.
    fresh: VecDeque<u32>,
    /// Parts of nodes that deserve a closer look, with what their node brought.
    closer: Vec<(f64, u32)>,
    /// The probes that are out.
    pending: Vec<(Action, u32)>,
    bandit: Bandit,
    random: fastrand::Rng,
    memory: Memory,
    curve: Curve,
    read: ReadSpans,
    observations: Vec<Observation>,
    calls: u32,
    widened: u32,
    failed: u32,
    end: Option<SamplingEnd>,
}

impl Sampling {
    /// Begins with the node table of the intake.
    pub fn new(corpus: Corpus, nodes: Vec<Node>, limits: SamplingLimits, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let fresh = frontier(&nodes, &mut random);
        Self {
            corpus,
            limits,
            nodes,
            fresh,
            closer: Vec::new(),
            pending: Vec::new(),
            bandit: Bandit::new(),
            random,
            memory: Memory::default(),
            curve: Curve::default(),
            read: ReadSpans::default(),
            observations: Vec::new(),
            calls: 0,
            widened: 0,
            failed: 0,
            end: None,
        }
    }

    /// The nodes to probe now, at most [`BATCH`]; none means that it is over. What was given out before and not
    /// taken back counts as failed.
    pub fn next_probes(&mut self) -> Vec<Node> {
        if !self.pending.is_empty() {
            self.take(&[]);
        }
        if self.end.is_none() && self.curve.is_exhausted() {
            self.end = Some(SamplingEnd::NothingNew);
        }
        while self.end.is_none() && self.pending.len() < BATCH {
            if self.calls >= self.limits.calls {
                self.end_unless_pending(SamplingEnd::Calls);
                break;
            }
            let Some(choice) = self.choose() else {
                self.end_unless_pending(SamplingEnd::Everything);
                break;
            };
            self.calls += 1;
            self.widened += u32::from(choice.0 == Action::Widen);
            self.pending.push(choice);
        }
        self.pending.iter().filter_map(|(_, id)| self.node(*id)).collect()
    }

    fn end_unless_pending(&mut self, end: SamplingEnd) {
        if self.pending.is_empty() {
            self.end = Some(end);
        }
    }

    fn choose(&mut self) -> Option<(Action, u32)> {
        let must_widen = self.widened * WIDEN_ONE_IN < self.calls + 1;
        let action = match (self.fresh.is_empty(), self.closer.is_empty()) {
            (true, true) => return None,
            (true, false) => Action::Deepen,
            (false, true) => Action::Widen,
            (false, false) if must_widen => Action::Widen,
            (false, false) if self.closer.iter().any(|(promise, _)| promise.is_infinite()) => Action::Deepen,
            (false, false) => self.bandit.choose(&mut self.random),
        };
        let id = match action {
            Action::Widen => self.fresh.pop_front(),
            Action::Deepen => self.most_promising(),
        };
        id.map(|id| (action, id))
    }

    /// The part of the node that brought most; of equal ones the first.
    fn most_promising(&mut self) -> Option<u32> {
        let order = |(_, one): &(usize, (f64, u32)), (_, other): &(usize, (f64, u32))| {
            one.0.total_cmp(&other.0).then(other.1.cmp(&one.1))
        };
        let best = self.closer.iter().copied().enumerate().max_by(order)?.0;
        Some(self.closer.remove(best).1)
    }

    fn node(&self, id: u32) -> Option<Node> {
        self.nodes.get(usize::try_from(id).ok()?).cloned()
    }

    /// Takes the answers to the last probes, in their order; `None` for what failed.
    pub fn take(&mut self, answers: &[Option<String>]) {
        let mut novelties = Vec::new();
        for (at, (action, id)) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            let answer = answers.get(at).and_then(Option::as_deref).and_then(read::<ProbeAnswer>);
            let (Some(answer), Some(node)) = (answer, self.node(id)) else {
                self.failed += 1;
                continue;
            };
            let novelty = self.take_one(&node, answer);
            self.bandit.learn(action, novelty);
            novelties.push(novelty);
        }
        self.curve.push(&novelties);
    }

    fn take_one(&mut self, node: &Node, answer: ProbeAnswer) -> f64 {
        self.read.add(node);
        let begin = self.observations.len();
        for noted in answer.obs.into_iter().take(MOST_OBSERVATIONS) {
            let id = u32::try_from(self.observations.len()).unwrap_or(u32::MAX);
            let found = ground(noted, node, &self.corpus, id).filter(|found| !self.is_known(found));
            self.observations.extend(found);
        }
        let novelty = self.memory.novelty(self.observations.iter().skip(begin));
        if node.level < self.limits.levels && !answer.empty {
            for (span, line) in zooms::closer(node, &self.corpus, &answer.zoom) {
                self.add_closer(Node { span, line, level: node.level + 1, ..node.clone() }, novelty);
            }
        }
        novelty
    }

    /// Whether it was noted before: who reads a part of a node again says the same of the same place.
    fn is_known(&self, found: &Observation) -> bool {
        self.observations.iter().any(|known| known.text == found.text && known.place == found.place)
    }

    fn add_closer(&mut self, node: Node, promise: f64) {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { id, ..node });
        self.closer.push((promise, id));
    }

    /// Goes on where something was contradicted: the places come before everything else, for at most `calls` calls.
    pub fn look_again(&mut self, places: &[Place], calls: u32) {
        for place in places {
            if let Some((span, line)) = zooms::around(place, &self.corpus) {
                let node = Node {
                    id: 0,
                    part: place.part,
                    span,
                    line,
                    level: self.limits.levels.max(1),
                    prior: 1.0,
                };
                self.add_closer(node, f64::INFINITY);
            }
        }
        self.curve.forgive();
        self.end = None;
        self.limits.calls = self.calls + calls;
    }

    /// Ends it from outside, with one sentence.
    pub fn stop(&mut self, why: &str) {
        self.end.get_or_insert_with(|| SamplingEnd::Stopped(why.to_owned()));
    }

    /// What was found so far.
    pub fn outcome(&self) -> Sampled {
        Sampled {
            observations: self.observations.clone(),
            novelty: self.curve.calls.clone(),
            coverage: self.read.coverage(self.corpus.bytes()),
            calls: self.calls,
            failed: self.failed,
            end: self.end.clone().unwrap_or(SamplingEnd::Calls),
        }
    }
}

/// The order in which nodes are looked at: by prior, with a few strays among the first so that a wrong prior shows.
fn frontier(nodes: &[Node], random: &mut fastrand::Rng) -> VecDeque<u32> {
    let mut ranked: Vec<&Node> = nodes.iter().collect();
    ranked.sort_by(|one, other| other.prior.total_cmp(&one.prior).then(one.id.cmp(&other.id)));
    let mut order: VecDeque<u32> = ranked.iter().map(|node| node.id).collect();
    // Strays come from the lower half, and never out of the frontier itself.
    for nth in 0..STRAYS {
        let lower = (order.len() / 2).max(FRONTIER + nth);
        if lower < order.len()
            && let Some(stray) = order.remove(random.usize(lower..order.len()))
        {
            order.insert(BEFORE_STRAYS + nth, stray);
        }
    }
    order
}

#[cfg(test)]
mod tests;
