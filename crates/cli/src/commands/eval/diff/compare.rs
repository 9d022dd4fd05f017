//! Two runs, trial by trial.

use std::collections::BTreeMap;

use super::super::report::{Outcome, Report};

/// Scores nearer than this are the same.
const SAME: f64 = 1e-9;

/// What is otherwise in the second run.
pub(super) struct Comparison<'a> {
    /// Trials of both, in the order of the first.
    pub(super) both: Vec<Pair<'a>>,
    /// Trials that only the first has.
    pub(super) missing: Vec<&'a Outcome>,
    /// Trials that only the second has.
    pub(super) new: Vec<&'a Outcome>,
}

/// One trial in both runs.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) before: &'a Outcome,
    pub(super) after: &'a Outcome,
}

impl Pair<'_> {
    /// Whether status or score differ.
    pub(super) fn is_scored_otherwise(&self) -> bool {
        self.before.status != self.after.status || self.score().abs() > SAME
    }

    /// By how much the score is greater in the second run.
    pub(super) fn score(&self) -> f64 {
        self.after.score - self.before.score
    }

    fn is_worse(&self) -> bool {
        self.after.status < self.before.status || self.score() < -SAME
    }
}

impl Comparison<'_> {
    /// Whether something is worse or missing in the second run.
    pub(super) fn is_worse(&self) -> bool {
        !self.missing.is_empty() || self.both.iter().any(Pair::is_worse)
    }
}

/// Compares them by case and number.
pub(super) fn compare<'a>(before: &'a Report, after: &'a Report) -> Comparison<'a> {
    let key = |trial: &'a Outcome| (trial.case.as_str(), trial.number);
    let mut rest: BTreeMap<_, _> = after.trials.iter().map(|trial| (key(trial), trial)).collect();
    let (mut both, mut missing) = (Vec::new(), Vec::new());
    for trial in &before.trials {
        match rest.remove(&key(trial)) {
            Some(after) => both.push(Pair { before: trial, after }),
            None => missing.push(trial),
        }
    }
    let new = after.trials.iter().filter(|trial| rest.contains_key(&key(trial))).collect();
    Comparison { both, missing, new }
}
