//! The research as a whole: intake, sampling, hypotheses, the tree; every decision is in the parts, every call goes
//! through one purse (RECURSIVE §7.3 to §7.7).
//!
//! *Invariants:* read-only; what came back before an interruption is kept; for the same answers and seed, the same
//! claims.

mod purse;

use headwater_protocol::card::ResearchSummary;
use headwater_protocol::{Cancel, Delta};

pub use self::purse::{Purse, ResearchBudget};
use super::claims::Claim;
use super::hypotheses::Hypotheses;
use super::intake::{self, Churn};
use super::narrative::{self, Narrative};
use super::observations::Observation;
use super::probes;
use super::sampling::{Sampled, Sampling, SamplingEnd, SamplingLimits};
use crate::children::Pool;

/// The part of the cheap calls that sampling leaves for hypotheses, names and checks: one in so many, up to a most.
const KEPT: (u32, u32) = (4, 6);
/// Calls that are kept for naming the groups and for the blind check of the claims.
const KEPT_FOR_CHECKS: u32 = 3;
/// The most calls that a contradiction brings.
const LOOKS_AGAIN: u32 = 2;

/// What research is started with.
pub struct ResearchSetup<'a> {
    /// Who is asked; its corpus is what is looked into.
    pub pool: &'a Pool,
    /// The goal, in the person's words.
    pub goal: &'a str,
    /// How often each file changed.
    pub churn: &'a Churn,
    /// What it may take.
    pub budget: ResearchBudget,
    /// The seed of everything random.
    pub seed: u64,
    /// Ends it early.
    pub cancel: Cancel,
    /// Is told how it gets on.
    pub progress: &'a (dyn Fn(Delta) + Send + Sync),
}

/// What research found.
#[derive(Clone, Debug, PartialEq)]
pub struct Researched {
    /// The tree, hypotheses last.
    pub claims: Vec<Claim>,
    /// What was noted.
    pub observations: Vec<Observation>,
    /// How it went, for the card.
    pub summary: ResearchSummary,
    /// Why it ended.
    pub end: SamplingEnd,
}

/// Research under way.
pub struct Researcher<'a> {
    pub(super) setup: ResearchSetup<'a>,
    pub(super) purse: Purse<'a>,
    sampled: Option<Sampled>,
}

impl<'a> Researcher<'a> {
    /// Begins; the time counts from now.
    pub fn new(setup: ResearchSetup<'a>) -> Self {
        let purse = Purse::new(setup.pool, setup.budget, setup.cancel.clone());
        Self { setup, purse, sampled: None }
    }

    /// Looks into the corpus until there is nothing new, or nothing left to look with. It never fails: what was found
    /// until then is what was found.
    pub async fn research(&mut self) -> Researched {
        let corpus = self.setup.pool.corpus().clone();
        let (texts, goal, churn) = (corpus.clone(), self.setup.goal.to_owned(), self.setup.churn.clone());
        let nodes = apart(move || intake::nodes(&texts, &goal, &churn)).await.unwrap_or_default();
        let kept = (self.setup.budget.cheap / KEPT.0).min(KEPT.1);
        let limits =
            SamplingLimits { calls: self.setup.budget.cheap - kept, levels: self.setup.budget.levels };
        let mut sampling = Sampling::new(corpus.clone(), nodes, limits, self.setup.seed);
        self.sample(&mut sampling).await;
        self.sampled = Some(sampling.outcome());
        let hypotheses =
            self.test(Hypotheses::new(corpus, self.setup.goal), &sampling.outcome().observations).await;
        self.look_again(&mut sampling, &hypotheses).await;
        let sampled = sampling.outcome();
        self.sampled = Some(sampled.clone());
        let narrative = self.name(&sampled.observations).await;
        let mut claims = narrative.claims(&sampled.observations);
        claims.extend(hypotheses.claims());
        Researched { claims, observations: sampled.observations, summary: self.summary(), end: sampled.end }
    }

    async fn sample(&mut self, sampling: &mut Sampling) {
        loop {
            self.tell("sampling", &sampling.outcome());
            let probes = sampling.next_probes();
            if probes.is_empty() {
                return;
            }
            let corpus = self.setup.pool.corpus();
            let queries = probes.iter().map(|node| probes::question(self.setup.goal, node, corpus)).collect();
            match self.purse.ask(queries).await {
                Ok(answers) => {
                    let is_silent = answers.iter().all(Option::is_none);
                    sampling.take(&answers);
                    if is_silent {
                        sampling.stop(&self.purse.silence());
                    }
                }
                Err(why) => sampling.stop(&why),
            }
        }
    }

    /// Hypotheses, round by round, as long as there are calls beyond those that are kept.
    async fn test(&mut self, mut hypotheses: Hypotheses, observations: &[Observation]) -> Hypotheses {
        while self.purse.cheap_left() > KEPT_FOR_CHECKS {
            let Some(query) = hypotheses.propose(observations) else { break };
            self.tell_phase("hypotheses");
            let proposal = self.purse.ask_one(query).await;
            let mut taken = hypotheses.clone();
            let search = move || {
                let questions = taken.proposed(proposal.as_deref());
                (taken, questions)
            };
            let Some((searched, mut questions)) = apart(search).await else { break };
            hypotheses = searched;
            let room = self.purse.cheap_left().saturating_sub(KEPT_FOR_CHECKS);
            questions.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            let answers = if questions.is_empty() {
                Vec::new()
            } else {
                self.purse.ask(questions).await.unwrap_or_default()
            };
            hypotheses.checked(&answers);
        }
        hypotheses
    }

    /// Goes back to places that spoke against a hypothesis.
    async fn look_again(&mut self, sampling: &mut Sampling, hypotheses: &Hypotheses) {
        let places = hypotheses.contradictions();
        let room = self.purse.cheap_left().saturating_sub(KEPT_FOR_CHECKS).min(LOOKS_AGAIN);
        if !places.is_empty() && room > 0 && !self.setup.cancel.is_cancelled() {
            sampling.look_again(&places, room);
            self.sample(sampling).await;
        }
    }

    async fn name(&mut self, observations: &[Observation]) -> Narrative {
        let mut narrative = Narrative::new(observations);
        if !observations.is_empty() {
            let query = narrative::question(self.setup.goal, &narrative, observations);
            if let Some(answer) = self.purse.ask_one(query).await {
                narrative.name(&answer, observations);
            }
        }
        narrative
    }

    /// How it went so far.
    pub fn summary(&self) -> ResearchSummary {
        let (novelty, coverage) = self.sampled.as_ref().map_or_else(Default::default, |sampled| {
            (sampled.novelty.clone(), (sampled.coverage.read, sampled.coverage.of))
        });
        ResearchSummary { calls: self.purse.calls(), cost_usd: self.purse.cost(), novelty, coverage }
    }

    pub(super) fn tell_phase(&self, phase: &'static str) {
        if let Some(sampled) = &self.sampled {
            self.tell(phase, sampled);
        }
    }

    fn tell(&self, phase: &'static str, sampled: &Sampled) {
        let (cheap, strong) = self.purse.calls();
        (self.setup.progress)(Delta::Research {
            phase,
            calls: [cheap, self.setup.budget.cheap, strong, self.setup.budget.strong],
            novelty: sampled.novelty.clone(),
            coverage: (sampled.coverage.read, sampled.coverage.of),
            cost_usd: self.purse.cost().0,
        });
    }
}

/// Does what takes long for a large corpus on a thread of its own; `None` when that broke off.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work)
        .await
        .inspect_err(|error| tracing::warn!(%error, "a search broke off"))
        .ok()
}
