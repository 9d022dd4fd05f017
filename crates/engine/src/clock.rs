//! The one place of the engine that reads the clock.

use headwater_protocol::Timestamp;

/// Tells the time.
pub(crate) type Clock = fn() -> Timestamp;

/// The system's clock.
pub(crate) fn system() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// The day in UTC, `YYYY-MM-DD`.
pub(crate) fn day(now: Timestamp) -> String {
    now.to_string().split('T').next().unwrap_or_default().to_owned()
}
