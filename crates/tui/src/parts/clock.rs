//! Times as the screen writes them, and the spinner that a clock turns.

use std::borrow::Cow;

/// The frames of the spinner.
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// Milliseconds a frame stands: ten a second.
const FRAME_MILLIS: u64 = 100;

/// The spinner at a moment.
pub fn spinner(now_ms: u64) -> &'static str {
    let frame = usize::try_from(now_ms / FRAME_MILLIS % 10).unwrap_or_default();
    FRAMES.get(frame).copied().unwrap_or("⠋")
}

/// A duration in milliseconds, as short as it stays clear: `0.4s`, `1m 05s`, `2h 03m`.
pub fn duration(millis: u64) -> Cow<'static, str> {
    let seconds = millis / 1000;
    match seconds {
        0..60 => format!("{seconds}.{}s", millis % 1000 / 100).into(),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60).into(),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let cases = [(0, "0.0s"), (6_249, "6.2s"), (65_000, "1m 05s"), (7_380_000, "2h 03m")];
        for (millis, expected) in cases {
            assert_eq!(duration(millis), expected);
        }
    }
}
