//! How long to wait before a call is made again: twice as long each time, a little off, and the same in every replay.

use std::time::Duration;

use headwater_protocol::CallId;
use sha2::{Digest as _, Sha256};

/// The wait before the second attempt.
const FIRST: Duration = Duration::from_millis(500);
/// The most that is added to the wait somebody asked for, as a part of the first wait.
const ADDED: f64 = 0.5;

/// The wait behind attempt number `attempt`. Who asks for a wait is obeyed.
pub(super) fn delay(call: &CallId, attempt: u32, asked: Option<Duration>) -> Duration {
    let chance = chance(call, attempt);
    match asked {
        Some(asked) => asked.saturating_add(FIRST.mul_f64(chance * ADDED)),
        None => FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).mul_f64(0.75 + chance / 2.0),
    }
}

/// A number from 0 to 1 that looks random and is the same for the same attempt: calls that failed together do not come back
/// together.
fn chance(call: &CallId, attempt: u32) -> f64 {
    let digest = Sha256::digest(format!("{call} {attempt}"));
    let taken = digest.iter().take(2).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    f64::from(taken) / f64::from(u32::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_waits_double_are_a_little_off_and_always_the_same() {
        for number in 0..200 {
            let call = CallId::new(format!("call_{number}"));
            for (attempt, middle) in [(1, 500.0), (2, 1_000.0), (3, 2_000.0)] {
                let wait = delay(&call, attempt, None);
                let millis = wait.as_secs_f64() * 1_000.0;
                assert!((0.75 * middle..=1.25 * middle).contains(&millis), "{attempt}: {millis}");
                assert_eq!(wait, delay(&call, attempt, None));
            }
            let asked = delay(&call, 1, Some(Duration::from_secs(7))).as_secs_f64();
            assert!((7.0..=7.25).contains(&asked), "{asked}");
        }
        let endless = delay(&CallId::new("a"), 1, Some(Duration::from_secs(u64::MAX)));
        assert!(endless >= Duration::from_secs(u64::MAX), "a server may ask for any wait");
        assert_ne!(delay(&CallId::new("a"), 1, None), delay(&CallId::new("b"), 1, None));
    }
}
