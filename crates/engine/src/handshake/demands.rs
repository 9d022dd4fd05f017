//! What a contract asks for besides its outputs: questions that the person has answered, nothing left in the dark, and
//! a model that is sure enough.

use headwater_protocol::events::{Coverage, UncertaintyKind};
use headwater_protocol::{Gap, RunState, TaskContract};

/// How gaps are named that only the person can close.
const ASK: &str = "ask:";
const UNCERTAIN: &str = "uncertain:";

/// What of a contract does not hold.
pub(crate) struct Open {
    /// What is missing, in the contract's order.
    pub(crate) gaps: Vec<Gap>,
}

impl Open {
    /// Whether only the person can settle what is left.
    pub(crate) fn is_for_person(&self) -> bool {
        is_for_person(&self.gaps)
    }
}

/// Whether only the person can close these gaps; there are some.
pub(crate) fn is_for_person(gaps: &[Gap]) -> bool {
    !gaps.is_empty() && gaps.iter().all(|gap| gap.id.starts_with(ASK) || gap.id.starts_with(UNCERTAIN))
}

/// The requirements that do not hold.
pub(crate) fn uncovered(contract: &TaskContract, coverage: &[Coverage]) -> Vec<Gap> {
    let gap = |one: &Coverage| {
        let output = contract.required_outputs.iter().find(|output| output.id == one.id);
        output.map_or_else(
            || Gap { id: one.id.clone(), found: one.found.clone() },
            |output| output.gap(&one.found),
        )
    };
    coverage.iter().filter(|one| !one.is_met).map(gap).collect()
}

/// What is asked for besides the outputs, and does not hold.
pub(crate) fn demands(state: &RunState, contract: &TaskContract) -> Vec<Gap> {
    let mut gaps = unasked(state, contract);
    gaps.extend(uncertain(state, contract));
    gaps.extend(unsure(state, contract));
    gaps
}

fn unasked(state: &RunState, contract: &TaskContract) -> Vec<Gap> {
    let answered: Vec<String> = state.contract.answered.iter().map(|question| letters(question)).collect();
    let is_open = |question: &&String| {
        let wanted = letters(question);
        !answered.iter().any(|asked| asked.contains(&wanted))
    };
    let open = contract.must_ask.iter().enumerate().filter(|(_, question)| is_open(question));
    open.map(|(at, question)| Gap {
        id: format!("{ASK}{}", at + 1),
        found: format!("the person has to be asked, in these words: {question}"),
    })
    .collect()
}

/// Everything that is open, where it is more than may be.
fn uncertain(state: &RunState, contract: &TaskContract) -> Vec<Gap> {
    let most = usize::try_from(contract.acceptability.max_unknowns).unwrap_or(usize::MAX);
    let open: Vec<_> = state.uncertainties.open().collect();
    if open.len() <= most {
        return Vec::new();
    }
    let gap = |entry: &&headwater_protocol::events::Uncertainty| {
        let kind = match entry.kind {
            UncertaintyKind::Assumption => "assumed and not checked",
            UncertaintyKind::Unknown => "not known",
        };
        let how = if entry.resolver.is_empty() { String::new() } else { format!(" ({})", entry.resolver) };
        Gap { id: format!("{UNCERTAIN}{}", entry.id), found: format!("{kind}: {}{how}", entry.text) }
    };
    open.iter().map(gap).collect()
}

fn unsure(state: &RunState, contract: &TaskContract) -> Option<Gap> {
    let least = contract.acceptability.min_confidence?;
    let found = match state.contract.confidence {
        Some(told) if told >= least => return None,
        Some(told) => format!("you are {told} sure, and {least} is asked for"),
        None => format!("say with `contract` how sure you are; {least} is asked for"),
    };
    Some(Gap { id: "confidence".to_owned(), found })
}

/// The letters and digits of a text, in lower case: what a question is told by.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::contract::Acceptability;
    use headwater_protocol::events::{Uncertainty, UncertaintyStatus};

    use super::*;

    fn entry(id: &str, status: UncertaintyStatus) -> Uncertainty {
        let (text, resolver) = (format!("the {id}"), "the person".to_owned());
        Uncertainty { id: id.into(), kind: UncertaintyKind::Unknown, text, resolver, status }
    }

    fn ids(gaps: &[Gap]) -> Vec<&str> {
        gaps.iter().map(|gap| gap.id.as_str()).collect()
    }

    #[test]
    fn z2_a_question_counts_once_it_was_answered_in_its_words() {
        let mut state = RunState::default();
        let must_ask = vec!["Which port?".to_owned(), "May I delete it?".to_owned()];
        let contract = TaskContract { must_ask, ..TaskContract::default() };
        assert_eq!(ids(&demands(&state, &contract)), ["ask:1", "ask:2"]);
        state.contract.answered.push("One thing before I go on: which  PORT".to_owned());
        let left = demands(&state, &contract);
        assert_eq!(ids(&left), ["ask:2"]);
        assert!(is_for_person(&left));
    }

    #[test]
    fn z7_nothing_may_be_open_that_the_person_has_not_accepted() {
        use UncertaintyStatus::{Accepted, Open, Resolved};
        let table: [(&[UncertaintyStatus], u32, &[&str]); 5] = [
            (&[], 0, &[]),
            (&[Open], 0, &["uncertain:0"]),
            (&[Open, Open], 1, &["uncertain:0", "uncertain:1"]),
            (&[Open, Accepted], 1, &[]),
            (&[Resolved, Accepted], 0, &[]),
        ];
        for (entries, max_unknowns, expected) in table {
            let mut state = RunState::default();
            let items = entries.iter().enumerate().map(|(at, status)| entry(&at.to_string(), *status));
            state.uncertainties.items = items.collect();
            let acceptability = Acceptability { max_unknowns, min_confidence: None };
            let contract = TaskContract { acceptability, ..TaskContract::default() };
            assert_eq!(ids(&demands(&state, &contract)), expected, "{entries:?}");
        }
    }

    #[test]
    fn z2_the_model_must_be_as_sure_as_the_contract_asks() {
        let acceptability = Acceptability { min_confidence: Some(0.8), ..Acceptability::default() };
        let contract = TaskContract { acceptability, ..TaskContract::default() };
        for (told, is_met) in [(None, false), (Some(0.79), false), (Some(0.8), true), (Some(1.0), true)] {
            let mut state = RunState::default();
            state.contract.confidence = told;
            let gaps = demands(&state, &contract);
            assert_eq!(gaps.is_empty(), is_met, "{told:?}");
            assert!(!is_for_person(&gaps), "the model can say it");
        }
    }
}
