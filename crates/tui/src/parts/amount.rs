//! Amounts as the screen writes them: counts, bytes, seconds, shares, and a curve in one line.

/// The steps of a curve, from low to high.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A count in at most five characters: `999`, `1.2k`, `600k`, `2.5M`.
pub fn count(number: u64) -> String {
    scaled(number, 1_000, ["", "k", "M", "G"])
}

/// Bytes: `999 B`, `1.2 KB`, `10.0 MB`.
pub fn bytes(number: u64) -> String {
    scaled(number, 1_024, [" B", " KB", " MB", " GB"])
}

fn scaled(number: u64, step: u64, units: [&str; 4]) -> String {
    let [unit, ..] = units;
    if number < step {
        return format!("{number}{unit}");
    }
    let mut value = number as f64;
    let mut name = unit;
    for larger in units.into_iter().skip(1) {
        // What would be rounded up to a whole step belongs to the next unit.
        if value < step as f64 - 0.5 {
            break;
        }
        value /= step as f64;
        name = larger;
    }
    let decimals = usize::from(value < 99.95);
    format!("{value:.decimals$}{name}")
}

/// A length of time in whole seconds: `45 s`, `5 min`, `1 min 30 s`.
pub fn seconds(number: u64) -> String {
    match (number / 60, number % 60) {
        (0, rest) => format!("{rest} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, rest) => format!("{minutes} min {rest} s"),
    }
}

/// A part of a whole in percent; what is there at all is never 0 %.
pub fn share(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(1_000) / whole.max(1);
    match tenths {
        0 if part > 0 => "<0.1%".to_owned(),
        1..100 => format!("{}.{}%", tenths / 10, tenths % 10),
        _ => format!("{}%", (tenths / 10).min(100)),
    }
}

/// Values from 0 to 1 as a curve of at most `columns` characters; of more, the last ones.
pub fn sparkline(values: &[f64], columns: usize) -> String {
    let first = values.len().saturating_sub(columns);
    values.iter().skip(first).map(|value| step(*value)).collect()
}

fn step(value: f64) -> char {
    let [lowest, .., highest] = STEPS;
    let within = STEPS.iter().zip(1_u8..).find(|(_, above)| value * 8.0 < f64::from(*above));
    if value.is_nan() { lowest } else { within.map_or(highest, |(sign, _)| *sign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let counts = [
            (0, "0"),
            (999, "999"),
            (1_234, "1.2k"),
            (99_999, "100k"),
            (600_000, "600k"),
            (999_999, "1.0M"),
            (2_500_000, "2.5M"),
        ];
        for (number, expected) in counts {
            assert_eq!(count(number), expected);
        }
        let sizes = [(512, "512 B"), (49 * 1_024, "49.0 KB"), (10 << 20, "10.0 MB")];
        for (number, expected) in sizes {
            assert_eq!(bytes(number), expected);
        }
        let times = [(45, "45 s"), (300, "5 min"), (90, "1 min 30 s")];
        for (number, expected) in times {
            assert_eq!(seconds(number), expected);
        }
        let shares = [
            (0, 10, "0%"),
            (1, 10_000, "<0.1%"),
            (99, 10_000, "0.9%"),
            (34, 100, "34%"),
            (12, 10, "100%"),
            (1, 0, "100%"),
        ];
        for (part, whole, expected) in shares {
            assert_eq!(share(part, whole), expected);
        }
    }

    #[test]
    fn a_curve_goes_from_low_to_high_and_keeps_its_end() {
        assert_eq!(sparkline(&[0.0, 0.13, 0.5, 0.99, 1.0, 7.0, -1.0, f64::NAN], 20), "▁▂▅███▁▁");
        assert_eq!(sparkline(&[0.0, 0.5, 1.0], 2), "▅█");
        assert_eq!(sparkline(&[], 5), "");
    }
}
