//! What is new in an answer, measured against everything seen before, and when there is nothing new any more
//! (RECURSIVE §7.4).

use super::observations::Observation;
use super::similarity::{GramCounts, Grams};

/// From this likeness on an observation says nothing that was not seen.
const SAME: f64 = 0.8;
/// The part of its peak below which novelty is exhausted.
const DULL_SHARE: f64 = 0.15;
/// Batches in a row below it, after which sampling ends.
const DULL_BATCHES: u32 = 2;
/// How much the newest batch weighs in the moving average.
const NEWEST_SHARE: f64 = 0.5;

/// Everything seen so far.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    grams: Grams,
    seen: Vec<GramCounts>,
}

impl Memory {
    /// The novelty of a node from 0 to 1: `1 - Π (1 - weight · (1 - likeness))` over its observations, each of which
    /// is then seen. The second of two equal ones adds nothing.
    pub(crate) fn novelty<'a>(&mut self, observations: impl Iterator<Item = &'a Observation>) -> f64 {
        let mut known = 1.0;
        for observation in observations {
            let counts = self.grams.learn(&observation.text);
            let likeness = self.seen.iter().map(|seen| self.grams.cosine(&counts, seen)).fold(0.0, f64::max);
            known *= 1.0 - observation.weight * (1.0 - likeness);
            if likeness < SAME {
                self.seen.push(counts);
            }
        }
        1.0 - known
    }
}

/// Novelty over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curve {
    /// Novelty of each call, in order.
    pub(crate) calls: Vec<f64>,
    average: Option<f64>,
    peak: f64,
    dull: u32,
}

impl Curve {
    /// Takes the novelties of one batch in. An empty batch (nothing was answered) says nothing.
    pub(crate) fn push(&mut self, batch: &[f64]) {
        if batch.is_empty() {
            return;
        }
        self.calls.extend(batch);
        let mean = batch.iter().sum::<f64>() / batch.len() as f64;
        let average = self.average.map_or(mean, |before| NEWEST_SHARE * mean + (1.0 - NEWEST_SHARE) * before);
        self.average = Some(average);
        self.peak = self.peak.max(average);
        let is_dull = average <= DULL_SHARE * self.peak;
        self.dull = if is_dull { self.dull + 1 } else { 0 };
    }

    /// Whether the last batches brought nothing new.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.dull >= DULL_BATCHES
    }

    /// Looks at what comes next without regard to the past: there is a new reason to look.
    pub(crate) fn forgive(&mut self) {
        self.dull = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mission::observations::{ObservationKind, Place};

    fn observed(text: &str, weight: f64) -> Observation {
        let place = Place { part: 0, name: "a".into(), span: 0..1, line: 1 };
        Observation {
            id: 0,
            text: text.to_owned(),
            kind: ObservationKind::Fact,
            quote: String::new(),
            place,
            is_grounded: true,
            weight,
            symbol: None,
        }
    }

    #[test]
    fn what_was_seen_is_new_no_more() {
        let mut memory = Memory::default();
        let first = observed("the retry loop never gives up", 1.0);
        assert!((memory.novelty([&first].into_iter()) - 1.0).abs() < 1e-9);
        assert!(memory.novelty([&first].into_iter()).abs() < 1e-9);
        let other = observed("tokens are printed to the log", 0.5);
        let again = memory.novelty([&other, &other].into_iter());
        assert!((0.4..0.6).contains(&again), "{again}");
        assert!(memory.novelty([].into_iter()).abs() < 1e-9);
    }

    #[test]
    fn two_dull_batches_exhaust_it() {
        let mut curve = Curve::default();
        let table = [(1.0, false), (0.0, false), (0.0, false), (0.0, false), (0.0, true), (1.0, false)];
        for (at, (batch, expected)) in table.into_iter().enumerate() {
            curve.push(&[batch]);
            assert_eq!(curve.is_exhausted(), expected, "batch {at}");
        }
        let mut nothing = Curve::default();
        nothing.push(&[0.0]);
        nothing.push(&[]);
        assert!(!nothing.is_exhausted());
        nothing.push(&[0.0, 0.0]);
        assert!(nothing.is_exhausted());
        nothing.forgive();
        assert!(!nothing.is_exhausted());
        assert_eq!(nothing.calls.len(), 3);
    }

    proptest! {
        #[test]
        fn novelty_is_between_zero_and_one(texts in prop::collection::vec(("[a-c ]{0,20}", 0.0..=1.0f64), 0..8)) {
            let observations: Vec<Observation> =
                texts.iter().map(|(text, weight)| observed(text, *weight)).collect();
            let novelty = Memory::default().novelty(observations.iter());
            prop_assert!((0.0..=1.0).contains(&novelty), "{}", novelty);
        }
    }
}
