//! Pressure: how much of the model's window the next request takes, and how far it should come down.

use headwater_protocol::{RunState, Tokens};

use crate::project::project;
use crate::tokens::{estimate, estimate_bytes, fixed_bytes};

/// The part of the window that stays free for the answer when the model's data names no output limit.
const ANSWER_SHARE: u64 = 8;
/// The most of the window that an output limit may claim.
const MOST_SHARE: u64 = 2;
/// How much of the room for messages may be taken after a relief; the rest is worth the break of the cache.
const RELIEVED: f64 = 0.7;
/// A long text is one that takes more than this part of the room for messages, whatever the settings say.
const LONG_SHARE: u64 = 8;
/// The part of the room that the newest messages keep at most.
const KEEP_SHARE: u64 = 2;

/// The settings table `[context]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// The part of the window from which a request is too large, 0 to 1.
    pub compact_at: f64,
    /// The part of the window that the newest messages keep, 0 to 1.
    pub keep: f64,
    /// Texts beyond so many tokens are stored first.
    pub externalize_over: Tokens,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { compact_at: 0.85, keep: 0.10, externalize_over: Tokens(8_000) }
    }
}

/// The size of the next request against what it may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// The next request.
    pub size: Tokens,
    /// Its head, which no edit makes smaller.
    pub fixed: Tokens,
    /// What a request can have at all: the window without the room for the answer.
    pub most: Tokens,
    /// From where on it should be made smaller.
    pub limit: Tokens,
    /// What it should come down to.
    pub goal: Tokens,
    /// What the newest messages keep.
    pub keep: Tokens,
    /// From where on a text is long.
    pub long: Tokens,
    /// The session's factor between bytes and tokens.
    pub calibration: f64,
    /// The window as far as it is known.
    pub window: Tokens,
}

impl Pressure {
    /// The pressure of a state; `None` before the session has begun.
    pub fn of(state: &RunState, thresholds: Thresholds) -> Option<Self> {
        let calibration = state.budget.calibration;
        let size = estimate(&project(state)?, calibration);
        let (window, most) = room_of(state)?;
        let limit = part(window, thresholds.compact_at.clamp(0.2, 1.0)).min(most);
        let fixed = estimate_bytes(fixed_bytes(state), calibration);
        Some(Self::between(size, fixed, (most, limit), (window, thresholds), calibration))
    }

    fn between(
        size: Tokens,
        fixed: Tokens,
        (most, limit): (Tokens, Tokens),
        (window, thresholds): (Tokens, Thresholds),
        calibration: f64,
    ) -> Self {
        let room = Tokens(limit.0.saturating_sub(fixed.0));
        let keep = part(window, thresholds.keep.clamp(0.0, 1.0)).min(Tokens(room.0 / KEEP_SHARE));
        let long = thresholds.externalize_over.min(Tokens(room.0 / LONG_SHARE));
        let goal = fixed + part(room, RELIEVED);
        Self { size, fixed, most, limit, goal, keep, long, calibration, window }
    }

    /// The same after the server has found the request too long: its window is smaller than is known.
    #[must_use]
    pub fn refused(self) -> Self {
        let room = Tokens(self.size.0.saturating_sub(self.fixed.0));
        let limit = (self.fixed + part(room, RELIEVED)).min(self.limit);
        Self { most: limit, limit, goal: limit, keep: self.keep.min(Tokens(room.0 / KEEP_SHARE)), ..self }
    }

    /// The same for a person who wants room: of the newest messages only the last step stays.
    #[must_use]
    pub fn asked(self) -> Self {
        Self { keep: Tokens(0), ..self }
    }

    /// Whether the next request should be made smaller.
    pub fn is_high(&self) -> bool {
        self.size > self.limit
    }

    /// Whether the next request cannot be sent at all.
    pub fn is_too_large(&self) -> bool {
        self.size > self.most
    }

    /// A size as a part of the window, in percent.
    pub fn percent(&self, size: Tokens) -> u64 {
        size.0.saturating_mul(100) / self.window.0.max(1)
    }

    /// What a text of so many bytes takes.
    pub fn tokens(&self, bytes: usize) -> Tokens {
        estimate_bytes(bytes, self.calibration)
    }
}

/// The window of the session's model, and what of it a request may take.
pub(crate) fn room_of(state: &RunState) -> Option<(Tokens, Tokens)> {
    let model = state.session.model.as_ref()?;
    // A server that has refused a request knows its window better than any data.
    let refused = state.budget.refused.map(|refused| part(refused, state.budget.calibration));
    let window = refused.map_or(model.window, |refused| refused.min(model.window));
    let usual = Tokens(window.0 / ANSWER_SHARE);
    let reserve = model.max_output.map_or(usual, |longest| longest.min(Tokens(window.0 / MOST_SHARE)));
    Some((window, Tokens(window.0.saturating_sub(reserve.0))))
}

fn part(whole: Tokens, share: f64) -> Tokens {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of what fits")]
    Tokens((whole.0 as f64 * share) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(size: u64, fixed: u64, window: u64) -> Pressure {
        let most = Tokens(window - window / ANSWER_SHARE);
        let limit = part(Tokens(window), 0.85).min(most);
        let settings = (Tokens(window), Thresholds::default());
        Pressure::between(Tokens(size), Tokens(fixed), (most, limit), settings, 1.0)
    }

    #[test]
    fn d3_the_limit_is_the_share_of_the_window_from_8k_to_1m() {
        let table = [
            // (window, fixed, limit, goal, keep, long)
            (8_192, 3_700, 6_963, 5_984, 819, 407),
            (32_768, 3_700, 27_852, 20_606, 3_276, 3_019),
            (128_000, 3_700, 108_800, 77_270, 12_800, 8_000),
            (1_000_000, 3_700, 850_000, 596_110, 100_000, 8_000),
        ];
        for (window, fixed, limit, goal, keep, long) in table {
            let pressure = between(limit, fixed, window);
            let found = (pressure.limit.0, pressure.goal.0, pressure.keep.0, pressure.long.0);
            assert_eq!(found, (limit, goal, keep, long), "{window}");
            assert!(!pressure.is_high() && between(limit + 1, fixed, window).is_high());
        }
    }

    #[test]
    fn d3_a_refused_request_has_to_become_smaller_whatever_the_known_window() {
        let pressure = between(20_000, 4_000, 128_000);
        assert!(!pressure.is_high());
        let refused = pressure.refused();
        assert!(refused.is_high() && refused.is_too_large());
        assert_eq!(refused.goal, Tokens(15_200));
    }
}
