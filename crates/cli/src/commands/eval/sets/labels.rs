//! How many entries have a label, or which label most have: a question to every line.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::entries::{leading, lexicon, one, preamble, push};
use super::{Parameters, Problem, Truth};

/// Users that appear.
const USERS: u32 = 500;
/// Of so many entries one more goes to the label that leads.
const LEAD: u32 = 5;

/// Even questions count, odd ones ask for the label that leads.
pub(super) fn problem(parameters: Parameters, random: &mut Rng) -> Problem {
    let lexicon = lexicon();
    let leader = random.usize(0..lexicon.len());
    let mut context = String::with_capacity(parameters.size + 64);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    while context.len() < parameters.size {
        let leads = random.u32(0..LEAD) == 0;
        let chosen = if leads { lexicon.get(leader) } else { one(random, &lexicon) };
        let Some((label, word)) = chosen.and_then(|(label, words)| Some((*label, *one(random, words)?)))
        else {
            break;
        };
        let user = random.u32(1..=USERS);
        push(&mut context, random, (user, word));
        *counts.entry(label).or_default() += 1;
    }
    let (question, truth) = if parameters.question.is_multiple_of(2) {
        let asked = one(random, &lexicon).map_or("", |(label, _)| *label);
        let count = counts.get(asked).copied().unwrap_or(0);
        (format!("How many entries are labelled {asked}? Answer with one number."), Truth::Count(count))
    } else {
        let most = leading(&counts).unwrap_or_default();
        let question = "Which label do most entries have? Answer with the label alone.".to_owned();
        (question, Truth::Word(most.to_owned()))
    };
    Problem { context, question: format!("{} {question}", preamble()), truth }
}

#[cfg(test)]
mod tests {
    use super::super::{SetName, problem};
    use super::*;

    #[test]
    fn the_count_is_that_of_the_words_in_the_context() {
        let parameters = Parameters { set: SetName::Labels, size: 8_000, seed: 3, question: 0 };
        let made = problem(parameters);
        let Truth::Count(count) = made.truth else { panic!("{:?}", made.truth) };
        let lexicon = lexicon();
        let asked = |label: &str| made.question.contains(&format!("labelled {label}?"));
        let (_, words) = lexicon.iter().find(|(label, _)| asked(label)).unwrap();
        let found = made.context.lines().filter(|line| words.iter().any(|word| line.ends_with(word)));
        assert_eq!(found.count() as u64, count);
    }
}
