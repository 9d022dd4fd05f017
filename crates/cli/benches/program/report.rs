//! The report: samples, their median and spread, and whether an aim is met.

use std::fmt::Write as _;
use std::time::Duration;

use crate::measures::Measure;

/// One line of the report.
pub(crate) struct Line {
    what: String,
    unit: &'static str,
    samples: Vec<f64>,
    aim: Aim,
}

/// What the median should be.
#[derive(Clone, Copy)]
enum Aim {
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Line {
    /// Samples in this unit.
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, samples: Vec<f64>) -> Self {
        Self { what: what.into(), unit, samples, aim: Aim::None }
    }

    /// Times, in milliseconds.
    pub(crate) fn millis(what: impl Into<String>, samples: &[Duration]) -> Self {
        Self::new(what, "ms", samples.iter().map(|sample| sample.as_secs_f64() * 1e3).collect())
    }

    /// Times, in seconds.
    pub(crate) fn seconds(what: impl Into<String>, samples: &[Duration]) -> Self {
        Self::new(what, "s", samples.iter().map(Duration::as_secs_f64).collect())
    }

    /// The aim of docs/PERFORMANCE.md.
    #[must_use]
    pub(crate) fn at_most(mut self, aim: f64) -> Self {
        self.aim = Aim::AtMost(aim);
        self
    }

    /// The aim of docs/PERFORMANCE.md.
    #[must_use]
    pub(crate) fn at_least(mut self, aim: f64) -> Self {
        self.aim = Aim::AtLeast(aim);
        self
    }

    fn verdict(&self) -> String {
        let median = median(&self.samples);
        let (sign, aim, is_met) = match self.aim {
            Aim::None => return String::new(),
            Aim::AtMost(aim) => ("≤", aim, median <= aim),
            Aim::AtLeast(aim) => ("≥", aim, median >= aim),
        };
        format!("  aim {sign} {aim} {}", if is_met { "met" } else { "MISSED" })
    }
}

/// The lines of one measure.
pub(crate) fn table(measure: &Measure, lines: &[Line], took: Duration) -> String {
    let mut table = format!("\n{}: {} ({:.0} s)\n", measure.name, measure.summary, took.as_secs_f64());
    for line in lines {
        let spread = spread(&line.samples);
        let (what, unit, verdict) = (&line.what, line.unit, line.verdict());
        // Writing to a string cannot fail.
        writeln!(table, "  {what:<42} {spread:>26} {unit:<5}{verdict}").unwrap_or_default();
    }
    table
}

fn spread(samples: &[f64]) -> String {
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let most = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if samples.len() < 2 {
        return number(median(samples));
    }
    format!("{} [{}–{}]", number(median(samples)), number(least), number(most))
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// The middle sample; of an even number, the mean of the two in the middle. Not a number where there are none.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle.wrapping_sub(1)), at(middle)) }
}

/// The middle of some times; zero where there are none.
pub(crate) fn median_time(samples: &[Duration]) -> Duration {
    let seconds: Vec<f64> = samples.iter().map(Duration::as_secs_f64).collect();
    Duration::try_from_secs_f64(median(&seconds)).unwrap_or_default()
}

/// The sample below which 95 of a hundred lie.
pub(crate) fn p95(samples: &[Duration]) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort();
    let place = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}
