//! Durations in words.

use std::time::Duration;

/// A duration in rough steps. The exact one would make each result differ from the last, and a model that repeats itself
/// is recognized by results that do not.
pub(crate) fn how_long(duration: Duration) -> String {
    const STEPS: [u64; 14] = [1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
    let seconds = duration.as_secs();
    match STEPS.iter().rev().find(|step| **step <= seconds) {
        None => "under 1 s".to_owned(),
        Some(step) if *step < 120 => format!("about {step} s"),
        Some(step) => format!("about {} min", step / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_roughly() {
        let table = [
            (0, "under 1 s"),
            (1, "about 1 s"),
            (4, "about 3 s"),
            (59, "about 30 s"),
            (100, "about 60 s"),
            (150, "about 2 min"),
            (7_300, "about 60 min"),
        ];
        for (seconds, expected) in table {
            assert_eq!(how_long(Duration::from_secs(seconds)), expected);
        }
    }
}
