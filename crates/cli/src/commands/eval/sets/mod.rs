//! Generated contexts with questions whose answers are known, by seed (after RULER's S-NIAH, OOLONG and OOLONG-Pairs as
//! RECURSIVE §9 cites them).

mod entries;
mod labels;
mod needle;
mod pairs;
mod truth;

use serde::Deserialize;

pub(super) use self::truth::Truth;

/// The sets, by how much of the context a question needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum SetName {
    /// One line among noise: O(1).
    #[serde(rename = "s-niah")]
    Needle,
    /// A count over every line: O(n).
    #[serde(rename = "oolong")]
    Labels,
    /// Which users go together: O(n²).
    #[serde(rename = "pairs")]
    Pairs,
}

/// What a problem is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) set: SetName,
    /// Characters of the context, at least.
    pub(super) size: usize,
    pub(super) seed: u64,
    /// Its number, which makes another context too.
    pub(super) question: u32,
}

/// A question over a context, with its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) context: String,
    pub(super) question: String,
    pub(super) truth: Truth,
}

/// Makes a problem: the same for the same parameters, on every machine.
pub(super) fn problem(parameters: Parameters) -> Problem {
    let seed = parameters.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(parameters.question));
    let mut random = fastrand::Rng::with_seed(seed);
    match parameters.set {
        SetName::Needle => needle::problem(parameters, &mut random),
        SetName::Labels => labels::problem(parameters, &mut random),
        SetName::Pairs => pairs::problem(parameters, &mut random),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parameters_make_the_same_problem_and_others_another() {
        for set in [SetName::Needle, SetName::Labels, SetName::Pairs] {
            let parameters = Parameters { set, size: 20_000, seed: 7, question: 0 };
            let one = problem(parameters);
            assert_eq!(one, problem(parameters), "{set:?}");
            assert!((20_000..20_200).contains(&one.context.len()), "{set:?}: {}", one.context.len());
            assert_ne!(one.context, problem(Parameters { question: 1, ..parameters }).context, "{set:?}");
            assert_ne!(one.context, problem(Parameters { seed: 8, ..parameters }).context, "{set:?}");
        }
    }
}
