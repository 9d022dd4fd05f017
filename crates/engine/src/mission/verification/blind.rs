//! The blind detector: a reader sees a claim and a few stretches of text, one of which has nothing to do with it, and
//! neither the goal nor the reasoning.

use headwater_context::prompts;
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Corpus, PromptPiece};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::answers::{read, schema};
use super::super::claims::{Claim, Evidence};
use super::super::{probes, quotes};
use super::{Findings, Verdict};

/// Claims in one call.
const CLAIMS_PER_CALL: usize = 4;
/// Stretches of one claim, the strange one not counted.
const STRETCHES: usize = 3;
/// The longest answer, in tokens, for each claim.
const ANSWER_TOKENS: u64 = 200;

/// What a reader answers.
#[derive(Deserialize, JsonSchema)]
struct Verdicts {
    /// One a claim.
    #[serde(default)]
    verdicts: Vec<OneVerdict>,
}

/// The verdict on one claim.
#[derive(Deserialize, JsonSchema)]
struct OneVerdict {
    /// Number of the claim.
    claim: usize,
    /// What the texts say of it.
    #[schemars(extend("enum" = ["supported", "contradicted", "insufficient"]))]
    verdict: String,
    /// Words copied from the texts that decide it; empty when nothing does.
    #[serde(default)]
    quote: String,
}

/// A call, with what is needed to read its answer.
#[derive(Clone, Debug)]
pub(crate) struct BlindCall {
    /// What is asked.
    pub(crate) query: ChildQuery,
    /// Position of each claim among those that are checked, with its evidence.
    claims: Vec<(usize, Vec<Evidence>)>,
}

/// Asks about all claims, a few in one call.
pub(crate) fn calls(claims: &[&Claim], corpus: &Corpus, random: &mut fastrand::Rng) -> Vec<BlindCall> {
    let pool: Vec<&Evidence> =
        claims.iter().flat_map(|claim| &claim.evidence).filter(|found| found.is_grounded).collect();
    let numbered: Vec<(usize, &Claim)> = claims.iter().copied().enumerate().collect();
    numbered.chunks(CLAIMS_PER_CALL).map(|few| call(few, &pool, corpus, random)).collect()
}

fn call(
    few: &[(usize, &Claim)],
    pool: &[&Evidence],
    corpus: &Corpus,
    random: &mut fastrand::Rng,
) -> BlindCall {
    let (mut about, mut asked) = (Vec::new(), Vec::new());
    for (nth, (at, claim)) in few.iter().enumerate() {
        let own: Vec<Evidence> =
            claim.evidence.iter().filter(|found| found.is_grounded).take(STRETCHES).cloned().collect();
        let mut shown: Vec<&Evidence> = own.iter().collect();
        shown.extend(strange(claim, pool, random));
        random.shuffle(&mut shown);
        about.push(PromptPiece::text(format!("Claim {}: {}\n", nth + 1, claim.finding.claim)));
        for evidence in shown {
            about.extend(probes::surroundings(&evidence.place, corpus));
        }
        about.push(PromptPiece::text("\n"));
        asked.push((*at, own));
    }
    let query = ChildQuery {
        prompt: vec![PromptPiece::text(prompts::MISSION_VERIFY)],
        about,
        schema: Some(schema::<Verdicts>()),
        max_tokens: Some(ANSWER_TOKENS * few.len() as u64),
        ..ChildQuery::default()
    };
    BlindCall { query, claims: asked }
}

/// A stretch that has nothing to do with a claim: from another text, where there is one.
fn strange<'a>(claim: &Claim, pool: &[&'a Evidence], random: &mut fastrand::Rng) -> Option<&'a Evidence> {
    let is_strange = |found: &&&Evidence| claim.evidence.iter().all(|own| own.place.part != found.place.part);
    let others: Vec<&&Evidence> = pool.iter().filter(is_strange).collect();
    random.choice(others).copied()
}

/// Reads an answer into what is known of each claim. A verdict counts when its quote stands in the claim's own
/// stretches; who quotes the strange one, or nothing, could not tell.
pub(crate) fn read_into(call: &BlindCall, answer: Option<&str>, corpus: &Corpus, found: &mut [Findings]) {
    let verdicts = answer.and_then(read::<Verdicts>);
    for (nth, (at, evidence)) in call.claims.iter().enumerate() {
        let Some(findings) = found.get_mut(*at) else { continue };
        findings.blind = Verdict::Insufficient;
        let given = verdicts.as_ref().and_then(|all| all.verdicts.iter().find(|one| one.claim == nth + 1));
        let Some(given) = given.filter(|given| is_own(&given.quote, evidence, corpus)) else { continue };
        match given.verdict.as_str() {
            "supported" => findings.blind = Verdict::Supported,
            "contradicted" => {
                findings.blind = Verdict::Contradicted;
                findings.against = Some(given.quote.clone());
            }
            _ => {}
        }
    }
}

/// Whether a quote stands in what was shown around this evidence.
fn is_own(quote: &str, evidence: &[Evidence], corpus: &Corpus) -> bool {
    evidence.iter().any(|found| {
        probes::surroundings(&found.place, corpus)
            .iter()
            .filter(|piece| matches!(piece, PromptPiece::Span { .. }))
            .filter_map(|piece| piece.resolve(corpus))
            .any(|text| quotes::find(text, quote).is_some())
    })
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::{Confidence, Finding};
    use serde_json::json;

    use super::*;
    use crate::mission::observations::Place;
    use crate::mission::testing::corpus;

    fn claim(at: usize, names: &[&str]) -> Claim {
        let place = Place { part: at, name: names[at].into(), span: 0..12, line: 1 };
        let finding = Finding {
            id: format!("c{at}"),
            parent: None,
            title: String::new(),
            claim: format!("Claim about {}.", names[at]),
            confidence: Confidence::Unchecked,
            citations: vec![],
        };
        Claim { finding, evidence: vec![Evidence { place, quote: String::new(), is_grounded: true }] }
    }

    #[test]
    fn a_verdict_needs_words_of_the_claims_own_text() {
        let names = ["alpha", "beta"];
        let corpus = corpus(&[("alpha", "alpha waits for ever\n"), ("beta", "beta gives up at once\n")]);
        let claims = [claim(0, &names), claim(1, &names)];
        let claims: Vec<&Claim> = claims.iter().collect();
        let calls = calls(&claims, &corpus, &mut fastrand::Rng::with_seed(1));
        assert_eq!(calls.len(), 1);
        let shown: String =
            calls[0].query.about.iter().map(|piece| piece.resolve(&corpus).unwrap()).collect();
        assert_eq!(shown.matches("--- ").count(), 4, "each has its own text and a strange one:\n{shown}");

        let verdict = |verdict: &str, quote: &str| json!({"claim": 1, "verdict": verdict, "quote": quote});
        let table = [
            (verdict("supported", "alpha waits"), Verdict::Supported),
            (verdict("contradicted", "waits for ever"), Verdict::Contradicted),
            (verdict("insufficient", ""), Verdict::Insufficient),
            (verdict("supported", "beta gives up"), Verdict::Insufficient),
            (verdict("supported", "never said"), Verdict::Insufficient),
            (verdict("whatever", "alpha waits"), Verdict::Insufficient),
        ];
        for (answer, expected) in table {
            let mut found = vec![Findings::default(); 2];
            let answer = json!({"verdicts": [answer]}).to_string();
            read_into(&calls[0], Some(&answer), &corpus, &mut found);
            assert_eq!((found[0].blind, found[1].blind), (expected, Verdict::Insufficient), "{answer}");
            assert_eq!(found[0].against.is_some(), expected == Verdict::Contradicted);
        }
    }
}
