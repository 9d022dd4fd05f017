//! When a failed request is made again, and after how long a wait.
//!
//! Only while nothing of the answer has been received: the caller sees to that. *Not here:* clocks and sleeping.

use std::time::{Duration, SystemTime};

use headwater_protocol::ProviderError;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::network::Network;

/// A failed attempt, and whether another one makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: ProviderError,
    pub(crate) patience: Patience,
}

/// How patiently a failure is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Another attempt would fail in the same way.
    Never,
    /// It may pass within the second: a server on this machine that is starting, or that is not there at all.
    Brief,
    /// It passes by itself.
    Backoff,
}

impl Failure {
    /// A failure which passes by itself if its error is transient.
    pub(crate) fn of(error: ProviderError) -> Self {
        let patience = if error.is_transient() { Patience::Backoff } else { Patience::Never };
        Self { error, patience }
    }

    /// A failure that is final.
    pub(crate) fn last(error: ProviderError) -> Self {
        Self { error, patience: Patience::Never }
    }

    fn asked_wait(&self) -> Option<Duration> {
        match &self.error {
            ProviderError::RateLimited { retry_after, .. }
            | ProviderError::Overloaded { retry_after, .. } => *retry_after,
            ProviderError::QuotaExhausted { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::BadRequest { .. }
            | ProviderError::Filtered { .. }
            | ProviderError::WindowExceeded { .. }
            | ProviderError::Unreachable { .. }
            | ProviderError::NotUnderstood { .. }
            | ProviderError::TimedOut { .. }
            | ProviderError::Cut { .. }
            | ProviderError::Cancelled => None,
        }
    }
}

/// The attempts of one request.
#[derive(Debug)]
pub(crate) struct Attempts {
    most: u32,
    backoff: Duration,
    max_retry_after: Duration,
    /// Attempts that have failed.
    failed: u32,
    jitter: fastrand::Rng,
}

/// The longest wait of our own choosing.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The wait before a quick retry.
const BRIEF_WAIT: Duration = Duration::from_millis(100);

/// Attempts in all where a failure is met briefly.
const BRIEF_ATTEMPTS: u32 = 3;

impl Attempts {
    pub(crate) fn new(network: &Network, seed: u64) -> Self {
        Self {
            most: network.attempts.max(1),
            backoff: network.backoff,
            max_retry_after: network.max_retry_after,
            failed: 0,
            jitter: fastrand::Rng::with_seed(seed),
        }
    }

    /// How many have failed.
    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// Counts a failed attempt: the wait before the next one, or `None` when there is none.
    pub(crate) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        self.failed += 1;
        let (most, wait) = match failure.patience {
            Patience::Never => return None,
            Patience::Brief => (self.most.min(BRIEF_ATTEMPTS), BRIEF_WAIT),
            Patience::Backoff => (self.most, self.wait(failure.asked_wait())?),
        };
        (self.failed < most).then_some(wait)
    }

    fn wait(&mut self, asked: Option<Duration>) -> Option<Duration> {
        // Many requests that failed at once should not come back at once.
        let jitter = self.jitter.f64();
        match asked {
            Some(asked) if asked > self.max_retry_after => None,
            Some(asked) => Some(asked + self.backoff.mul_f64(jitter / 4.0)),
            None => {
                let doubled = self.backoff.saturating_mul(1 << self.failed.saturating_sub(1).min(16));
                Some(doubled.min(LONGEST_BACKOFF).mul_f64(0.75 + jitter / 2.0))
            }
        }
    }
}

/// The longest wait that is believed, in seconds: a year.
const LONGEST_ASKED: f64 = 31_536_000.0;

/// What the headers ask us to wait: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date (RFC 9110,
/// section 10.2.3).
pub(crate) fn asked_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let of_seconds = |seconds: f64| Duration::try_from_secs_f64(seconds.min(LONGEST_ASKED)).ok();
    if let Some(millis) = text("retry-after-ms").and_then(number) {
        return of_seconds(millis / 1000.0);
    }
    let asked = text(RETRY_AFTER.as_str())?;
    match number(asked) {
        Some(seconds) => of_seconds(seconds),
        None => Some(httpdate::parse_http_date(asked).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate_limited(seconds: Option<u64>) -> Failure {
        let retry_after = seconds.map(Duration::from_secs);
        Failure::of(ProviderError::RateLimited { vendor: "v".to_owned(), retry_after })
    }

    fn attempts() -> Attempts {
        Attempts::new(&Network::default(), 7)
    }

    #[test]
    fn waits_double_with_jitter_and_end() {
        let mut attempts = attempts();
        let waits: Vec<f64> = std::iter::from_fn(|| attempts.after(&rate_limited(None)))
            .map(|wait| wait.as_secs_f64())
            .collect();
        assert_eq!(waits.len(), 4, "five attempts in all");
        for (place, wait) in waits.iter().enumerate() {
            let middle = f64::from(1 << place);
            assert!((0.75 * middle..=1.25 * middle).contains(wait), "{waits:?}");
        }
        let mut again = Attempts::new(&Network::default(), 7);
        assert_eq!(again.after(&rate_limited(None)).map(|wait| wait.as_secs_f64()), waits.first().copied());
    }

    #[test]
    fn the_server_is_obeyed_up_to_the_cap() {
        let wait = attempts().after(&rate_limited(Some(20))).unwrap();
        assert!((20.0..=20.25).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!(attempts().after(&rate_limited(Some(61))), None);
    }

    #[test]
    fn some_failures_are_final_and_some_nearly() {
        let quota = ProviderError::QuotaExhausted { vendor: "v".to_owned(), message: String::new() };
        assert_eq!(attempts().after(&Failure::of(quota)), None);
        let refused = ProviderError::Unreachable { url: String::new(), message: String::new() };
        let brief = Failure { error: refused, patience: Patience::Brief };
        let mut attempts = attempts();
        assert_eq!(std::iter::from_fn(|| attempts.after(&brief)).collect::<Vec<_>>(), [BRIEF_WAIT; 2]);
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let cases = [
            (vec![("retry-after", "7")], Some(7.0)),
            (vec![("retry-after", "1.5")], Some(1.5)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], Some(30.0)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], Some(0.0)),
            (vec![("retry-after", "7"), ("retry-after-ms", "250")], Some(0.25)),
            (vec![("retry-after", "1e300")], Some(LONGEST_ASKED)),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-1")], None),
            (vec![], None),
        ];
        for (pairs, expected) in cases {
            let headers =
                pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(asked_wait(&headers, now).map(|wait| wait.as_secs_f64()), expected, "{pairs:?}");
        }
    }
}
