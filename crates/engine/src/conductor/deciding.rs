//! What a person decides about a card that waits.

use headwater_protocol::events::{MissionApproved, MissionProposed, MissionRejected, MissionRevised};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{Approver, MissionCard};

use super::amending::{is_amendment, withdraw};
use super::drafting::{Revising, estimate_facts, proposed};
use super::workshop::{MissionError, Workshop};
use crate::ledger::Ledger;
use crate::mission::card::edit::{self, Revision};

/// What is to happen now.
pub(crate) enum Decided {
    /// Nothing more: the records say it all.
    Settled,
    /// The mission runs.
    Run,
    /// The card is written anew.
    Revise(Revising),
}

/// Records a decision. A decision that does not fit the card that waits is refused with a sentence.
pub(crate) async fn decide(
    workshop: &Workshop<'_>,
    ledger: &mut Ledger,
    decision: MissionDecision,
    by: Approver,
) -> Result<Decided, MissionError> {
    let mission = &ledger.state().mission;
    // What was cut off can be given up as well.
    let is_given_up =
        mission.phase == MissionPhase::Execute && matches!(decision, MissionDecision::Reject { .. });
    let waiting = mission.card.clone().filter(|_| mission.waiting().is_some() || is_given_up);
    let Some(proposed) = waiting else {
        return Err(MissionError::refused(
            "no_card",
            "No mission card waits.",
            "Write what you want in Recursive mode.",
        ));
    };
    match decision {
        MissionDecision::Approve { hash } => {
            ledger.record(approval(&proposed, &hash, by)?).await?;
            ledger.commit();
            Ok(Decided::Run)
        }
        // The process ended while an amendment waited: the card before it goes on.
        MissionDecision::Reject { .. } if is_amendment(ledger) => {
            withdraw(ledger).await?;
            Ok(Decided::Run)
        }
        MissionDecision::Reject { reason } => {
            ledger.record(MissionRejected { mission: proposed.mission.clone(), reason }).await?;
            ledger.commit();
            Ok(Decided::Settled)
        }
        MissionDecision::Revise { words } => {
            let mission = proposed.mission.clone();
            ledger.record(MissionRevised { mission, words: words.clone() }).await?;
            Ok(Decided::Revise(Revising { before: proposed, words }))
        }
        MissionDecision::Toggle { subtask } => {
            let card = edit::toggle(&proposed.card, subtask).map_err(|message| {
                MissionError::refused("no_subtask", message, "The numbers stand on the card.")
            })?;
            put(workshop, ledger, &proposed, card).await
        }
        MissionDecision::Budget(budget) => {
            let card = edit::with_budget(&proposed.card, budget);
            put(workshop, ledger, &proposed, card).await
        }
    }
}

/// The approval of the card that was seen, when it can be approved.
pub(super) fn approval(
    proposed: &MissionProposed,
    hash: &str,
    by: Approver,
) -> Result<MissionApproved, MissionError> {
    if proposed.hash != hash || proposed.card.hash() != hash {
        return Err(MissionError::refused(
            "card_changed",
            "The card has changed since it was shown.",
            "Look at it again, then approve it.",
        ));
    }
    if !proposed.lint.is_empty() {
        let message = format!("The card cannot be approved yet: {}", proposed.lint.join(" "));
        return Err(MissionError::refused(
            "card_incomplete",
            message,
            "Say what is to be changed, or edit the card.",
        ));
    }
    Ok(MissionApproved {
        mission: proposed.mission.clone(),
        hash: hash.to_owned(),
        grant: proposed.card.grant(),
        budget: proposed.card.budget,
        by,
    })
}

async fn put(
    workshop: &Workshop<'_>,
    ledger: &mut Ledger,
    before: &MissionProposed,
    card: MissionCard,
) -> Result<Decided, MissionError> {
    let family = workshop.family(ledger.updates()).await?;
    let log = workshop.store.load(&before.mission)?;
    let view: headwater_protocol::views::MissionView = headwater_protocol::views::fold(&log.records);
    let parts = view.started.map(|started| started.corpus.clone()).unwrap_or_default().parts;
    let sizes: Vec<(String, u64)> = parts.into_iter().map(|part| (part.name, part.bytes)).collect();
    let facts = estimate_facts(&family, &sizes, family.cheap.as_ref());
    let revision = Revision::new(card, &facts, &[]);
    ledger.record(proposed(&before.mission, before.revision + 1, revision)).await?;
    ledger.commit();
    Ok(Decided::Settled)
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::{DoneCheck, SubTask};
    use headwater_protocol::{Corpus, CorpusPart, CorpusShape, SharedText};

    use super::super::drafting::sizes;
    use super::*;

    fn card() -> MissionCard {
        MissionCard {
            goal: "Do it.".into(),
            subtasks: vec![SubTask {
                n: 1,
                title: "t".into(),
                looks_at: vec!["a".into()],
                expected_output: "x".into(),
                done_check: DoneCheck::Human,
                writes: vec!["out".into()],
                tools: vec![],
                tier: headwater_protocol::card::Tier::default(),
                depends_on: vec![],
                claims: vec![],
                on: true,
            }],
            ..MissionCard::default()
        }
    }

    fn shown(lint: Vec<String>) -> MissionProposed {
        let card = card();
        let hash = card.hash();
        MissionProposed { mission: "m".into(), revision: 1, card: Box::new(card), hash, lint }
    }

    #[test]
    fn only_the_card_that_was_seen_can_be_approved() {
        let shown_card = shown(vec![]);
        let approved = approval(&shown_card, &shown_card.hash, Approver::Person).unwrap();
        assert_eq!(approved.grant.writes, ["out"]);
        let other = approval(&shown_card, "another", Approver::Person).unwrap_err();
        assert!(other.to_string().contains("has changed"), "{other}");
        let mut tampered = shown_card.clone();
        tampered.card.goal = "Something else.".into();
        assert!(approval(&tampered, &shown_card.hash, Approver::Person).is_err());
    }

    #[test]
    fn a_card_with_faults_cannot_be_approved() {
        let faulty = shown(vec!["The goal is not one sentence.".into()]);
        let error = approval(&faulty, &faulty.hash, Approver::Flag).unwrap_err();
        assert!(error.to_string().contains("The goal is not one sentence."), "{error}");
    }

    #[test]
    fn sizes_are_those_of_the_texts() {
        let text = SharedText::new("abc".to_owned()).unwrap();
        let part = CorpusPart { name: "a".into(), sha256: String::new(), file: None, text };
        let corpus = Corpus { shape: CorpusShape::Text, parts: [part].into() };
        assert_eq!(sizes(&corpus), [("a".to_owned(), 3)]);
    }
}
