//! The `[network]` table of the settings: deadlines and retries.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Deadlines and retries of model requests; durations are in seconds, fractions allowed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// How long to wait for a connection.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub connect_timeout: Duration,
    /// How long a server may be silent before the first piece of its answer; absent means the vendor's own figure
    /// (local servers read long prompts slowly), else 90.
    #[serde(deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub first_byte_timeout: Option<Duration>,
    /// How long a server may be silent in the middle of an answer.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub idle_timeout: Duration,
    /// How long a server may send signs of life without any piece of an answer; no less than the deadlines above.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub heartbeat_timeout: Duration,
    /// How often a request is made in all while nothing of an answer arrives; at least 1.
    pub attempts: u32,
    /// The wait before the second attempt, doubled for each further one.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub backoff: Duration,
    /// The longest wait that a server may ask for; if it asks for more, the request fails at once and says so.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub max_retry_after: Duration,
}

/// The wait for the first byte where neither settings nor vendor say otherwise.
const FIRST_BYTE: Duration = Duration::from_secs(90);

impl Default for Network {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: None,
            idle_timeout: Duration::from_mins(2),
            heartbeat_timeout: Duration::from_mins(10),
            attempts: 5,
            backoff: Duration::from_secs(1),
            max_retry_after: Duration::from_mins(1),
        }
    }
}

impl Network {
    /// The deadline of the first byte: from the settings, else the vendor's, else 90 s.
    pub(crate) fn first_byte(&self, vendor: Option<Duration>) -> Duration {
        self.first_byte_timeout.or(vendor).unwrap_or(FIRST_BYTE)
    }
}

/// The longest duration a setting may name: a year, so that deadlines can be added to the clock.
const LONGEST: f64 = 31_536_000.0;

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(D::Error::custom(format!("{seconds} is no number of seconds between 0 and {LONGEST}")));
    }
    Duration::try_from_secs_f64(seconds).map_err(D::Error::custom)
}

pub(crate) fn optional_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_fractions_and_must_make_sense() {
        let network: Network = toml::from_str("idle_timeout = 0.5\nfirst_byte_timeout = 3").unwrap();
        assert_eq!(network.idle_timeout, Duration::from_millis(500));
        assert_eq!(network.first_byte(None), Duration::from_secs(3));
        assert_eq!(Network::default().first_byte(None), Duration::from_secs(90));
        for wrong in ["idle_timeout = -1", "idle_timeout = nan", "backoff = 1e300", "idle = 3"] {
            assert!(toml::from_str::<Network>(wrong).is_err(), "{wrong}");
        }
    }
}
