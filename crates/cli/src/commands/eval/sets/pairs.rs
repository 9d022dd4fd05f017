//! Which users go together: those whose most frequent label is the same.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::entries::{leading, lexicon, one, preamble, push};
use super::{Parameters, Problem, Truth};

/// Characters an entry has, about.
const ENTRY: usize = 46;
/// Of ten entries of a user so many have the label that the user likes.
const LIKED: u32 = 6;

/// About as many users as the root of the number of entries: the pairs grow with the context.
pub(super) fn problem(parameters: Parameters, random: &mut Rng) -> Problem {
    let lexicon = lexicon();
    let users = (parameters.size / ENTRY).isqrt().max(2);
    let liked: Vec<usize> = (0..users).map(|_| random.usize(0..lexicon.len())).collect();
    let mut context = String::with_capacity(parameters.size + 64);
    let mut tallies: BTreeMap<u32, BTreeMap<&str, u64>> = BTreeMap::new();
    while context.len() < parameters.size {
        let place = random.usize(0..users);
        let is_usual = random.u32(0..10) < LIKED;
        let chosen = if is_usual {
            liked.get(place).and_then(|label| lexicon.get(*label))
        } else {
            one(random, &lexicon)
        };
        let chosen = chosen.and_then(|(label, words)| Some((*label, *one(random, words)?)));
        let (Some((label, word)), Ok(user)) = (chosen, u32::try_from(place + 1)) else { break };
        push(&mut context, random, (user, word));
        *tallies.entry(user).or_default().entry(label).or_default() += 1;
    }
    let question = "List every pair of users whose most frequent label is the same (the first by alphabet where \
                    several are). Answer with one pair a line, (a, b), the smaller number first.";
    let question = format!("{} {question}", preamble());
    Problem { context, question, truth: Truth::Pairs(alike(&tallies)) }
}

fn alike(tallies: &BTreeMap<u32, BTreeMap<&str, u64>>) -> BTreeSet<(u32, u32)> {
    let best: Vec<(u32, Option<&str>)> =
        tallies.iter().map(|(user, tally)| (*user, leading(tally))).collect();
    let mut pairs = BTreeSet::new();
    for (user, label) in &best {
        let others = best.iter().filter(|(other, theirs)| other > user && theirs == label);
        pairs.extend(others.map(|(other, _)| (*user, *other)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_those_with_the_same_favourite() {
        let tally = |list: &[(&'static str, u64)]| list.iter().copied().collect::<BTreeMap<_, _>>();
        let tallies = BTreeMap::from([
            (1, tally(&[("b", 2), ("a", 2)])),
            (2, tally(&[("a", 5), ("b", 4)])),
            (3, tally(&[("b", 9)])),
            (4, tally(&[("b", 3), ("c", 3)])),
        ]);
        assert_eq!(alike(&tallies), BTreeSet::from([(1, 2), (3, 4)]));
    }
}
