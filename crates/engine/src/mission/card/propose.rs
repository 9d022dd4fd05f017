//! From findings to a card that can be shown: the draft, the check of what it rests on, the estimate, the faults.

use headwater_protocol::card::{Finding, SubTask, Tier};
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{MissionBudget, MissionCard};

use super::super::claims::Claim;
use super::super::research::{Researched, Researcher, apart};
use super::super::verification::{Findings, Verdict, blind, code, confidence, load_bearing, structure};
use super::draft::{Draft, DraftRequest, question, read_draft};
use super::edit::Revision;
use super::estimate::EstimateFacts;
use super::lint::lint;

/// Strong calls that the check of a card's structure needs.
const CHECKS_OF_STRUCTURE: u32 = 1;

/// What a card is made with, beside the findings.
#[derive(Clone, Copy, Debug)]
pub struct ProposalFacts<'a> {
    /// Tools beyond reading that may be granted.
    pub tools: &'a [String],
    /// The budget that the card begins with.
    pub budget: MissionBudget,
    /// What the estimate hangs on.
    pub estimate: EstimateFacts<'a>,
    /// The card before, and what is to change in it.
    pub revision: Option<(&'a MissionCard, &'a str)>,
}

impl Researcher<'_> {
    /// Asks for a card over what was found, checks the claims it rests on, and looks it over. The error is a sentence:
    /// no model wrote a card.
    pub async fn propose(
        &mut self,
        found: &Researched,
        facts: &ProposalFacts<'_>,
    ) -> Result<Revision, String> {
        self.tell_phase("card");
        let names: Vec<String> = facts.estimate.sizes.iter().map(|(name, _)| name.clone()).collect();
        let request = DraftRequest {
            goal: self.setup.goal,
            claims: &found.claims,
            names: &names,
            tools: facts.tools,
            revision: facts.revision,
        };
        let answer = self.purse.ask_one(question(&request)).await.ok_or_else(|| self.purse.silence())?;
        let draft = read_draft(&answer).ok_or("The model's answer is no card.")?;
        let mut draft = self.mended(draft, request).await;
        for task in draft.subtasks.iter_mut().filter(|task| !task.writes.is_empty() && task.tools.is_empty())
        {
            // To write is to call a tool that writes: the model named the place and not the tool.
            task.tools = facts.tools.to_vec();
        }
        self.tell_phase("verification");
        let (findings, faults) = self.verify(&found.claims, &draft.subtasks).await;
        Ok(self.finish(draft, findings, faults, facts))
    }

    /// The draft without what would keep it from being approved: the model is told of that once. What comes back counts
    /// when it has fewer faults.
    async fn mended(&mut self, draft: Draft, request: DraftRequest<'_>) -> Draft {
        let faults = draft_faults(&draft, request.claims);
        if faults.is_empty() {
            return draft;
        }
        let before = draft.clone().card(Vec::new());
        let mut words = format!("It cannot be approved yet. Mend this: {}", faults.join(" "));
        if let Some((_, wanted)) = request.revision {
            words = format!("{wanted}\n{words}");
        }
        let again = DraftRequest { revision: Some((&before, &words)), ..request };
        // What is to be mended is spelled out, so that the cheap model can do it where the strong call that is left
        // has the structure to check.
        let is_last = self.purse.strong_left() <= CHECKS_OF_STRUCTURE;
        let tier = if is_last { Tier::Cheap } else { Tier::Strong };
        let answer = self.purse.ask_one(ChildQuery { tier, ..question(&again) }).await;
        match answer.as_deref().and_then(read_draft) {
            Some(other) if draft_faults(&other, request.claims).len() < faults.len() => other,
            Some(_) | None => draft,
        }
    }

    fn finish(
        &self,
        mut draft: Draft,
        findings: Vec<Finding>,
        structure: Vec<String>,
        facts: &ProposalFacts<'_>,
    ) -> Revision {
        let left_out = std::mem::take(&mut draft.faults);
        let mut card = draft.card(findings);
        card.risks.extend(structure.into_iter().map(|fault| format!("Structure, {fault}")));
        card.budget = facts.budget;
        card.seed = self.setup.seed;
        card.research = self.summary();
        Revision::new(card, &facts.estimate, &left_out)
    }

    /// Checks the claims that sub-tasks rest on: findings with their confidence, and faults of structure.
    async fn verify(&mut self, claims: &[Claim], subtasks: &[SubTask]) -> (Vec<Finding>, Vec<String>) {
        let bearing = load_bearing(claims, subtasks);
        let corpus = self.setup.pool.corpus().clone();
        let owned: Vec<Claim> = bearing.iter().map(|claim| (*claim).clone()).collect();
        let texts = corpus.clone();
        let search = move || owned.iter().map(|claim| code::fault(claim, &texts)).collect::<Vec<_>>();
        let faults = apart(search)
            .await
            .unwrap_or_else(|| vec![Some("It could not be looked up.".to_owned()); bearing.len()]);
        let judged_by_code = |code| Findings { code, blind: Verdict::NotAsked, ..Findings::default() };
        let mut found: Vec<Findings> = faults.into_iter().map(judged_by_code).collect();
        let mut random = fastrand::Rng::with_seed(self.setup.seed);
        let calls = blind::calls(&bearing, &corpus, &mut random);
        if !calls.is_empty() {
            let queries = calls.iter().map(|call| call.query.clone()).collect();
            let answers = self.purse.ask(queries).await.unwrap_or_default();
            for (call, answer) in calls.iter().zip(&answers).filter(|(_, answer)| answer.is_some()) {
                blind::read_into(call, answer.as_deref(), &corpus, &mut found);
            }
        }
        let answer = if self.purse.strong_left() > 0 {
            self.purse.ask_one(structure::question(self.setup.goal, &bearing, subtasks)).await
        } else {
            None
        };
        let faults = structure::read_into(answer.as_deref(), &bearing, &mut found);
        (judged(claims, &bearing, &found), faults)
    }
}

/// What keeps a draft from being approved, as far as the model can mend it: the budget is the host's.
fn draft_faults(draft: &Draft, claims: &[Claim]) -> Vec<String> {
    let findings = claims.iter().map(|claim| claim.finding.clone()).collect();
    let mut faults = lint(&draft.clone().card(findings));
    faults.extend_from_slice(&draft.faults);
    faults
}

/// The findings, those that were checked with what came of it. What speaks against a claim stands behind it.
fn judged(claims: &[Claim], bearing: &[&Claim], found: &[Findings]) -> Vec<Finding> {
    let judge = |claim: &Claim| {
        let mut finding = claim.finding.clone();
        let place = bearing.iter().position(|borne| borne.finding.id == finding.id);
        if let Some(found) = place.and_then(|at| found.get(at)) {
            finding.confidence = confidence(found);
            if let Some(why) = found.code.as_ref().or(found.against.as_ref()) {
                finding.claim = format!("{} (Against it: {why})", finding.claim);
            }
        }
        finding
    };
    claims.iter().map(judge).collect()
}
