//! What a person changes in a card: each change is another card, with its own hash, estimate and faults.

use headwater_protocol::{MissionBudget, MissionCard};

use super::estimate::{EstimateFacts, estimate};
use super::lint::lint;

/// A card with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The card.
    pub card: MissionCard,
    /// Its hash.
    pub hash: String,
    /// What keeps it from being approved, one sentence each.
    pub lint: Vec<String>,
}

impl Revision {
    /// Counts anew what the card will take, and looks it over. `more` are faults that only the draft showed.
    pub fn new(mut card: MissionCard, facts: &EstimateFacts<'_>, more: &[String]) -> Self {
        card.estimate = estimate(&card, facts);
        let mut faults = lint(&card);
        faults.extend_from_slice(more);
        Self { hash: card.hash(), card, lint: faults }
    }
}

/// The card with a sub-task switched on or off. The error is a sentence: there is no such sub-task.
pub fn toggle(card: &MissionCard, n: u32) -> Result<MissionCard, String> {
    let mut card = card.clone();
    let task = card.subtasks.iter_mut().find(|task| task.n == n);
    let task = task.ok_or_else(|| format!("The card has no sub-task {n}."))?;
    task.on = !task.on;
    Ok(card)
}

/// The card with another budget.
pub fn with_budget(card: &MissionCard, budget: MissionBudget) -> MissionCard {
    MissionCard { budget, ..card.clone() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use headwater_protocol::ModelInfo;
    use headwater_protocol::card::{DoneCheck, SubTask, Tier};

    use super::*;

    fn task(n: u32, depends_on: &[u32]) -> SubTask {
        SubTask {
            n,
            title: "Title".into(),
            looks_at: vec!["a".into()],
            expected_output: "it".into(),
            done_check: DoneCheck::Human,
            writes: vec![],
            tools: vec![],
            tier: Tier::Cheap,
            depends_on: depends_on.to_vec(),
            claims: vec![],
            on: true,
        }
    }

    fn revision(card: MissionCard) -> Revision {
        let model = ModelInfo::unknown("m");
        let sizes = [("a".to_owned(), 1_000_000)];
        let pace = Duration::from_secs(1);
        Revision::new(
            card,
            &EstimateFacts { sizes: &sizes, cheap: &model, strong: &model, width: 4, pace },
            &[],
        )
    }

    #[test]
    fn every_change_is_another_card() {
        let card = MissionCard {
            goal: "Do it.".into(),
            subtasks: vec![task(1, &[]), task(2, &[1])],
            ..MissionCard::default()
        };
        let first = revision(card);
        assert_eq!(first.lint, Vec::<String>::new());
        let without = revision(toggle(&first.card, 2).unwrap());
        assert_ne!(first.hash, without.hash);
        assert!(without.card.estimate.calls.1 < first.card.estimate.calls.1);
        let again = revision(toggle(&without.card, 2).unwrap());
        assert_eq!(again.hash, first.hash);
        let dearer = revision(with_budget(&first.card, MissionBudget { calls: 300, ..first.card.budget }));
        assert_ne!(dearer.hash, first.hash);
        assert_eq!(toggle(&first.card, 7), Err("The card has no sub-task 7.".into()));
    }

    #[test]
    fn nonsense_is_said_and_still_a_card() {
        let card = MissionCard {
            goal: "Do it.".into(),
            subtasks: vec![task(1, &[]), task(2, &[1])],
            ..MissionCard::default()
        };
        let broken = revision(toggle(&card, 1).unwrap());
        assert_eq!(broken.lint, ["Sub-task 2 comes after sub-task 1, which is switched off."]);
        let none = revision(with_budget(&card, MissionBudget { calls: 0, seconds: 0, ..card.budget }));
        assert_eq!(none.lint, ["The budget has no calls.", "The budget has no time."]);
    }
}
