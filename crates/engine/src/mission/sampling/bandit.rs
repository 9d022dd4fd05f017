//! The choice between a new text and a closer look: one Beta distribution an action, drawn and compared (the wider
//! or deeper choice of RECURSIVE §7.4, after TreeQuest's AB-MCTS).

use std::f64::consts::TAU;

/// What the next probe does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It looks at a node that nobody has looked at (GEN).
    Widen,
    /// It looks closer at a part of one (CONT).
    Deepen,
}

/// What is known of how much each action brings.
#[derive(Clone, Debug)]
pub(crate) struct Bandit {
    widen: Beta,
    deepen: Beta,
}

/// A Beta distribution that begins flat.
#[derive(Clone, Copy, Debug)]
struct Beta {
    gained: f64,
    missed: f64,
}

impl Bandit {
    pub(crate) fn new() -> Self {
        let flat = Beta { gained: 1.0, missed: 1.0 };
        Self { widen: flat, deepen: flat }
    }

    /// Draws once for each action; the higher draw says what is done.
    pub(crate) fn choose(&self, random: &mut fastrand::Rng) -> Action {
        let (widen, deepen) = (self.widen.draw(random), self.deepen.draw(random));
        if deepen > widen { Action::Deepen } else { Action::Widen }
    }

    /// Learns what an action brought, from 0 to 1.
    pub(crate) fn learn(&mut self, action: Action, novelty: f64) {
        let beta = match action {
            Action::Widen => &mut self.widen,
            Action::Deepen => &mut self.deepen,
        };
        let novelty = novelty.clamp(0.0, 1.0);
        beta.gained += novelty;
        beta.missed += 1.0 - novelty;
    }
}

impl Beta {
    fn draw(self, random: &mut fastrand::Rng) -> f64 {
        let (gained, missed) = (gamma(self.gained, random), gamma(self.missed, random));
        gained / (gained + missed)
    }
}

/// A draw from the Gamma distribution of scale 1, for a shape of at least 1 (Marsaglia and Tsang, "A simple method
/// for generating gamma variables", 2000).
fn gamma(shape: f64, random: &mut fastrand::Rng) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && unit(random).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// A draw from the standard normal distribution (Box and Muller).
fn normal(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * unit(random).ln()).sqrt() * (TAU * random.f64()).cos()
}

/// A number above 0 and at most 1, whose logarithm is finite.
fn unit(random: &mut fastrand::Rng) -> f64 {
    1.0 - random.f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_mean_of_their_distribution() {
        let mut random = fastrand::Rng::with_seed(1);
        for (gained, missed) in [(1.0, 1.0), (8.0, 2.0), (1.5, 30.0)] {
            let beta = Beta { gained, missed };
            let mean = (0..20_000).map(|_| beta.draw(&mut random)).sum::<f64>() / 20_000.0;
            assert!((mean - gained / (gained + missed)).abs() < 0.01, "{gained}/{missed}: {mean}");
        }
    }

    #[test]
    fn the_action_that_brings_more_is_chosen_more_often_and_the_other_still_sometimes() {
        let (mut bandit, mut random) = (Bandit::new(), fastrand::Rng::with_seed(3));
        for _ in 0..4 {
            bandit.learn(Action::Deepen, 0.9);
            bandit.learn(Action::Widen, 0.2);
        }
        let deepened = (0..1_000).filter(|_| bandit.choose(&mut random) == Action::Deepen).count();
        assert!((800..1_000).contains(&deepened), "{deepened}");
    }
}
