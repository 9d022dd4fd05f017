//! From a corpus to a card that can be approved.

use headwater_engine::children::Memo;
use headwater_engine::mission::research::ResearchBudget;
use headwater_engine::mission::sampling::SamplingEnd;
use headwater_protocol::Delta;
use headwater_protocol::card::Confidence;
use headwater_testkit::{Script, Turn};

use super::reader::answer;
use super::rig::{Rig, library};

fn reader() -> Script {
    Script::responder(|_, request| answer(request))
}

#[tokio::test]
async fn research_ends_in_a_card_that_can_be_approved() {
    let rig = Rig::new(reader(), library(), Memo::default());
    let (found, revision) = rig.run(ResearchBudget::default()).await;
    let revision = revision.unwrap();
    let card = &revision.card;
    assert_eq!(revision.lint, Vec::<String>::new());
    assert_eq!(revision.hash, card.hash());

    let confidence = |id: &str| card.findings.iter().find(|finding| finding.id == id).unwrap().confidence;
    let about = |words: &str| {
        found
            .claims
            .iter()
            .find(|claim| claim.finding.id.starts_with('c') && claim.finding.claim.contains(words))
            .unwrap()
    };
    let retries = about("retries for ever");
    assert_eq!(confidence(&retries.finding.id), Confidence::High);
    assert_eq!(retries.evidence.len(), 2, "both places say it: {:?}", found.observations);
    let mut places = retries.finding.citations.clone();
    places.sort();
    assert_eq!(places, ["src/pool.rs:2", "src/retry.rs:2"]);
    let hypotheses: Vec<(&str, Confidence)> = card
        .findings
        .iter()
        .filter(|finding| finding.id.starts_with('h'))
        .map(|finding| (finding.claim.as_str(), finding.confidence))
        .collect();
    assert_eq!(hypotheses[0], ("The pool never gives up.", Confidence::Medium));
    assert_eq!(hypotheses[1], ("The log is never written.", Confidence::Refuted));

    assert_eq!(card.subtasks[1].tools, ["edit"], "who writes calls a tool that writes");
    assert_eq!(card.grant().writes, ["docs/report.md"]);
    assert!(card.risks.contains(&"Structure, order: 2 needs what 1 makes.".to_owned()));
    assert!(card.estimate.calls.0 > 0 && card.estimate.cost_usd.is_some());
    assert!(card.research.calls.0 <= 24 && card.research.calls.1 == 2, "{:?}", card.research);
    assert_eq!(rig.server.requests().len(), (card.research.calls.0 + card.research.calls.1) as usize);
    assert!(card.research.novelty[0] > 0.0 && card.research.coverage.0 > 0);
}

#[tokio::test]
async fn the_same_answers_give_the_same_card_and_a_resume_pays_nothing() {
    let first = Rig::new(reader(), library(), Memo::default());
    let (found, card) = first.run(ResearchBudget::default()).await;
    let second = Rig::new(reader(), library(), Memo::default());
    let (again, same) = second.run(ResearchBudget::default()).await;
    assert_eq!(found, again);
    assert_eq!(card.as_ref().unwrap().hash, same.unwrap().hash);

    let silent = Script::responder(|_, _| Turn::text("nobody should ask"));
    let resumed = Rig::new(silent, library(), first.memo());
    let (replayed, same) = resumed.run(ResearchBudget::default()).await;
    assert_eq!(resumed.server.requests().len(), 0);
    assert_eq!((replayed.claims, replayed.observations), (found.claims, found.observations));
    assert_eq!(same.unwrap().card.subtasks, card.unwrap().card.subtasks);
}

#[tokio::test]
async fn progress_is_told_from_phase_to_phase() {
    let rig = Rig::new(reader(), library(), Memo::default());
    rig.run(ResearchBudget::default()).await.1.unwrap();
    let mut phases = Vec::new();
    let mut last = 0;
    for delta in rig.told() {
        let Delta::Research { phase, calls, novelty, coverage, .. } = delta else { continue };
        assert!(calls[0] >= last && calls[0] <= calls[1] && calls[2] <= calls[3]);
        assert!(coverage.0 <= coverage.1 && novelty.len() <= calls[0] as usize);
        last = calls[0];
        phases.push(phase);
    }
    phases.dedup();
    assert_eq!(phases.first(), Some(&"sampling"));
    assert_eq!(phases[phases.len() - 2..], ["card", "verification"]);
}

#[tokio::test]
async fn quotes_that_stand_nowhere_carry_no_subtask() {
    let script = Script::responder(|_, request| {
        let asked = request.last_text("user").unwrap();
        if !asked.contains("Note at most eight things") {
            return answer(request);
        }
        let invented = "the moon is made of cheese";
        let observed =
            serde_json::json!({"text": invented, "quote": invented, "importance": 3, "surprise": 3});
        Turn::text(serde_json::json!({"obs": [observed]}).to_string())
    });
    let rig = Rig::new(script, library(), Memo::default());
    let (found, revision) = rig.run(ResearchBudget::default()).await;
    let card = revision.unwrap().card;
    assert!(found.observations.iter().all(|observed| !observed.is_grounded));
    let in_doubt = card.findings.iter().filter(|finding| !finding.id.starts_with('h'));
    assert!(in_doubt.clone().count() > 0);
    assert!(
        in_doubt.clone().all(|finding| finding.confidence == Confidence::Unsupported),
        "{:?}",
        card.findings
    );
    assert!(!card.subtasks[0].on, "it rests on nothing");
    assert!(card.confidence_notes.iter().any(|note| note.contains("is unsupported")));
}

#[tokio::test]
async fn a_revision_is_asked_for_with_the_persons_words() {
    let rig = Rig::new(reader(), library(), Memo::default());
    let (found, first) = rig.run(ResearchBudget::default()).await;
    let first = first.unwrap();
    let before = rig.server.requests().len();
    rig.revise(&found, &first.card, "write no report").await.unwrap();
    let asked = rig.server.requests()[before].last_text("user").unwrap();
    assert!(asked.contains("write no report") && asked.contains("docs/report.md"));
}

#[tokio::test]
async fn an_empty_corpus_is_looked_into_without_a_call() {
    let rig = Rig::new(reader(), headwater_protocol::Corpus::default(), Memo::default());
    let (found, card) = rig.run(ResearchBudget::default()).await;
    assert_eq!((found.claims, found.end), (vec![], SamplingEnd::Everything));
    assert_eq!(rig.server.requests().len(), 2, "the card and its structure");
    assert_eq!(card.unwrap().lint, Vec::<String>::new());
}
