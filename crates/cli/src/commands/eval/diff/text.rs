//! The comparison as a person reads it.

use std::fmt::Write as _;
use std::path::Path;

use super::super::figures::Figures;
use super::super::report::Outcome;
use super::compare::{Comparison, Pair};
use super::{files, tasks};
use crate::output::one_line;

/// Trials that are told of one by one.
const LISTED: usize = 100;

/// What differs: scores, what was left behind, what it took, what is not in both.
pub(super) fn of(comparison: &Comparison<'_>, runs: (&Path, &Path)) -> String {
    let mut text = tasks::of(comparison) + "\n";
    let (mut same, mut told) = (0, 0);
    for pair in &comparison.both {
        let changes = files::of(*pair, runs);
        let is_other = pair.is_scored_otherwise() || pair.before.figures.steps != pair.after.figures.steps;
        if is_other || !changes.is_empty() {
            told += 1;
            if told > LISTED {
                continue;
            }
            text.push_str(&line(*pair));
            text.push_str(&checks(*pair));
            for change in changes {
                // Writing to a text cannot fail.
                writeln!(text, "  {change}").ok();
            }
        } else {
            same += 1;
        }
    }
    if told > LISTED {
        writeln!(text, "… and {} more trials", told - LISTED).ok();
    }
    list(&mut text, "missing in the second run", &comparison.missing);
    list(&mut text, "only in the second run", &comparison.new);
    text.push_str(&total(comparison));
    writeln!(
        text,
        "{same} of {} trials of both runs are the same, {} missing, {} new",
        comparison.both.len(),
        comparison.missing.len(),
        comparison.new.len()
    )
    .ok();
    text
}

/// A trial: its status, and by how much what it took differs.
fn line(pair: Pair<'_>) -> String {
    let (before, after) = (pair.before, pair.after);
    let status = if before.status == after.status {
        after.status.word().to_owned()
    } else {
        format!("{} → {}", before.status.word(), after.status.word())
    };
    format!(
        "{} #{}: {status} · score {:.3} → {:.3} · {}\n",
        before.case,
        before.number,
        before.score,
        after.score,
        took(&before.figures, &after.figures)
    )
}

/// The conditions that hold in one of the runs alone.
fn checks(pair: Pair<'_>) -> String {
    let mut text = String::new();
    for (before, after) in pair.before.checks.iter().zip(&pair.after.checks) {
        match (&before.gap, &after.gap) {
            (None, Some(gap)) => {
                writeln!(text, "  {} holds no more: {}", after.what, one_line(gap, 160)).ok()
            }
            (Some(_), None) => writeln!(text, "  {} holds now", after.what).ok(),
            (None, None) | (Some(_), Some(_)) => None,
        };
    }
    text
}

fn took(before: &Figures, after: &Figures) -> String {
    let count = |before: u32, after: u32| i64::from(after) - i64::from(before);
    let tokens = |of: &Figures| i128::from(of.input) + i128::from(of.output);
    format!(
        "steps {:+} · calls {:+} · tokens {:+} · cost {} · time {:+.1} s",
        count(before.steps, after.steps),
        count(before.calls, after.calls),
        tokens(after) - tokens(before),
        money(after.cost_usd - before.cost_usd),
        after.seconds - before.seconds
    )
}

fn money(difference: f64) -> String {
    let sign = if difference < 0.0 { '-' } else { '+' };
    format!("{sign}${:.4}", difference.abs())
}

fn list(text: &mut String, title: &str, trials: &[&Outcome]) {
    for trial in trials.iter().take(LISTED) {
        writeln!(text, "{} #{}: {title} ({})", trial.case, trial.number, trial.status.word()).ok();
    }
}

/// What all trials of both runs took together.
fn total(comparison: &Comparison<'_>) -> String {
    let sum = |side: fn(&Pair<'_>) -> Figures| {
        comparison.both.iter().map(side).fold(Figures::default(), |sum, figures| Figures {
            steps: sum.steps + figures.steps,
            calls: sum.calls + figures.calls,
            input: sum.input + figures.input,
            output: sum.output + figures.output,
            cost_usd: sum.cost_usd + figures.cost_usd,
            seconds: sum.seconds + figures.seconds,
            ..sum
        })
    };
    let score: f64 = comparison.both.iter().map(Pair::score).sum();
    let mean = score / comparison.both.len().max(1) as f64;
    let (before, after) = (sum(|pair| pair.before.figures), sum(|pair| pair.after.figures));
    format!("\nall: score {mean:+.3} · {}\n", took(&before, &after))
}
