//! Hypotheses and what would show them wrong: rounds of predictions, those that code can check first
//! (RECURSIVE §7.7).
//!
//! *Invariants:* at most three rounds and three hypotheses; each carries a prediction that could refute it; the
//! standing is a function of the answers.

mod checks;
mod proposal;

use globset::GlobBuilder;
use headwater_context::prompts;
use headwater_protocol::card::{Confidence, Finding};
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Corpus, PromptPiece};

use self::checks::{by_code, question, read_check};
use self::proposal::{Prediction, Proposal};
use super::answers::{clip, push_line, read, schema};
use super::claims::{Claim, Evidence};
use super::narrative::title;
use super::observations::{Observation, Place};

/// The most rounds.
pub const MOST_ROUNDS: u32 = 3;
/// The most hypotheses, and the most predictions of each in a round.
const MOST: usize = 3;
/// Observations that are shown to who proposes.
const SHOWN: usize = 40;
/// A round that moves no standing further than this, and no rank, is the last.
const SETTLED: f64 = 0.5;
/// From this standing on a hypothesis counts as more than a guess; at its negative it is refuted.
const BELIEVED: f64 = 1.0;
/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 2_000;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It speaks clearly for the hypothesis.
    Strong,
    /// It speaks for it.
    Weak,
    /// It shows it wrong.
    Refuted,
    /// It could not be told.
    Unknown,
}

impl Outcome {
    /// What it adds to the log-odds.
    fn log_odds(self) -> f64 {
        match self {
            Self::Strong => 1.0,
            Self::Weak => 0.4,
            Self::Refuted => -1.5,
            Self::Unknown => 0.0,
        }
    }

    /// What it means when what was looked for would show the hypothesis wrong. That the opposite is seen is no proof.
    fn turned(self) -> Self {
        match self {
            Self::Strong | Self::Weak => Self::Refuted,
            Self::Refuted => Self::Weak,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// One hypothesis and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Unique among the findings.
    pub id: String,
    /// What may be so, in one sentence.
    pub claim: String,
    /// For and against, in natural logarithms; 0 is even.
    pub log_odds: f64,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
}

impl Hypothesis {
    /// Whether it was shown wrong.
    pub fn is_refuted(&self) -> bool {
        self.log_odds <= -BELIEVED
    }
}

/// The hypothesis loop under way.
#[derive(Clone, Debug)]
pub struct Hypotheses {
    corpus: Corpus,
    goal: String,
    known: Vec<Hypothesis>,
    /// Checks that a child makes, with the position of their hypothesis.
    asked: Vec<(usize, Vec<Place>, Prediction)>,
    /// The standing when the round began.
    before: Vec<f64>,
    rounds: u32,
    is_settled: bool,
}

impl Hypotheses {
    /// Begins without any.
    pub fn new(corpus: Corpus, goal: &str) -> Self {
        let (known, asked, before) = (Vec::new(), Vec::new(), Vec::new());
        Self { corpus, goal: goal.to_owned(), known, asked, before, rounds: 0, is_settled: false }
    }

    /// Asks for hypotheses, or for further predictions of those there are; `None` when it is over.
    pub fn propose(&self, observations: &[Observation]) -> Option<ChildQuery> {
        if self.is_settled || self.rounds >= MOST_ROUNDS || observations.is_empty() {
            return None;
        }
        let mut ranked: Vec<&Observation> = observations.iter().filter(|found| found.is_grounded).collect();
        ranked.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.id.cmp(&other.id)));
        let mut about = String::from("Observations:\n");
        for found in ranked.into_iter().take(SHOWN) {
            push_line(&mut about, &format!("- {} ({})", found.text, found.place.citation()));
        }
        for known in &self.known {
            push_line(
                &mut about,
                &format!("Hypothesis {}, standing {:+.1}: {}", known.id, known.log_odds, known.claim),
            );
        }
        let goal = &self.goal;
        Some(ChildQuery {
            prompt: vec![PromptPiece::text(format!(
                "{}\n{}\nGoal: {goal}\n",
                prompts::MISSION_RESEARCH,
                prompts::MISSION_HYPOTHESIS
            ))],
            about: vec![PromptPiece::text(about)],
            schema: Some(schema::<Proposal>()),
            max_tokens: Some(ANSWER_TOKENS),
            ..ChildQuery::default()
        })
    }

    /// Takes a proposal: what code can check is checked at once, the rest is returned as questions. An answer that
    /// cannot be read, or says nothing, ends the loop.
    pub fn proposed(&mut self, answer: Option<&str>) -> Vec<ChildQuery> {
        self.rounds += 1;
        self.before = self.known.iter().map(|known| known.log_odds).collect();
        let proposal = answer.and_then(read::<Proposal>).unwrap_or_default();
        let mut predictions = Vec::new();
        for proposed in proposal.hypotheses.into_iter().take(MOST) {
            let at = self.position(&proposed.id, &proposed.claim, &proposed.predictions);
            predictions.extend(at.into_iter().flat_map(|at| {
                proposed.predictions.iter().take(MOST).map(move |prediction| (at, prediction.clone()))
            }));
        }
        self.is_settled = predictions.is_empty();
        for (at, prediction) in predictions {
            if let Some((outcome, evidence)) = by_code(&prediction, &self.corpus) {
                self.settle(at, outcome, evidence);
            } else {
                let places = checks::candidates(&prediction, &self.corpus);
                self.asked.push((at, places, prediction));
            }
        }
        self.asked.iter().map(|(_, places, prediction)| question(prediction, places, &self.corpus)).collect()
    }

    /// The hypothesis that is meant. A new one needs a prediction that could refute it, and a free place.
    fn position(&mut self, id: &str, claim: &str, predictions: &[Prediction]) -> Option<usize> {
        if let Some(at) = self.known.iter().position(|known| known.id == id || known.claim == claim) {
            return Some(at);
        }
        let is_testable = predictions.iter().take(MOST).any(|prediction| prediction.disconfirming);
        if self.known.len() >= MOST || !is_testable || claim.trim().is_empty() {
            return None;
        }
        let id = format!("h{}", self.known.len() + 1);
        let (evidence, against) = (Vec::new(), Vec::new());
        self.known.push(Hypothesis { id, claim: clip(claim, 300), log_odds: 0.0, evidence, against });
        Some(self.known.len() - 1)
    }

    fn settle(&mut self, at: usize, outcome: Outcome, evidence: Vec<Evidence>) {
        let Some(known) = self.known.get_mut(at) else { return };
        known.log_odds += outcome.log_odds();
        match outcome {
            Outcome::Strong | Outcome::Weak => known.evidence.extend(evidence),
            Outcome::Refuted => known.against.extend(evidence),
            Outcome::Unknown => {}
        }
    }

    /// Takes the answers to the questions of [`Hypotheses::proposed`], in their order, and ends the round.
    pub fn checked(&mut self, answers: &[Option<String>]) {
        for (nth, (at, places, prediction)) in std::mem::take(&mut self.asked).into_iter().enumerate() {
            let answer = answers.get(nth).and_then(Option::as_deref);
            let (seen, evidence) = read_check(answer, &places, &self.corpus);
            let outcome = if prediction.disconfirming { seen.turned() } else { seen };
            self.settle(at, outcome, evidence);
        }
        let now: Vec<f64> = self.known.iter().map(|known| known.log_odds).collect();
        self.is_settled |= is_settled(&self.before, &now);
    }

    /// What is known of each.
    pub fn known(&self) -> &[Hypothesis] {
        &self.known
    }

    /// Places that spoke against a hypothesis: worth another look.
    pub fn contradictions(&self) -> Vec<Place> {
        self.known.iter().flat_map(|known| &known.against).map(|found| found.place.clone()).collect()
    }

    /// The hypotheses as claims. Refuted ones stay.
    pub fn claims(&self) -> Vec<Claim> {
        let claim = |known: &Hypothesis| {
            let confidence = match known.log_odds {
                odds if odds <= -BELIEVED => Confidence::Refuted,
                odds if odds >= BELIEVED => Confidence::Medium,
                _ => Confidence::Unchecked,
            };
            let finding = Finding {
                id: known.id.clone(),
                parent: None,
                title: title(&known.claim),
                claim: known.claim.clone(),
                confidence,
                citations: Vec::new(),
            };
            let evidence = if known.is_refuted() { &known.against } else { &known.evidence };
            Claim::new(finding, evidence.clone())
        };
        self.known.iter().map(claim).collect()
    }
}

/// Whether neither ranks nor signs changed and nothing moved far.
fn is_settled(before: &[f64], now: &[f64]) -> bool {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        let value = |at: usize| values.get(at).copied().unwrap_or_default();
        order.sort_by(|one, other| value(*other).total_cmp(&value(*one)).then(one.cmp(other)));
        order
    };
    let moved = before.iter().zip(now).map(|(before, now)| (now - before).abs()).fold(0.0, f64::max);
    let same_signs = before.iter().zip(now).all(|(before, now)| (*before > 0.0) == (*now > 0.0));
    before.len() == now.len() && same_signs && moved < SETTLED && ranks(before) == ranks(now)
}

/// Whether a name lies in the place that a prediction names; an empty place is everywhere.
fn lies_in(name: &str, place: &str) -> bool {
    let place = place.trim();
    let glob = GlobBuilder::new(place).build().ok().map(|glob| glob.compile_matcher());
    matches!(place, "" | "*" | "**") || name == place || glob.is_some_and(|glob| glob.is_match(name))
}

#[cfg(test)]
mod tests;
