//! The report as a person reads it: one row a group of cases, and how constant the root's prompt stays.

use std::fmt::Write as _;

use super::report::{Outcome, Report, Status};
use crate::output::one_line;

/// The most failures that are listed.
const LISTED: usize = 20;
const HEAD: [&str; 10] =
    ["case", "trials", "passed", "accuracy", "calls", "in", "out", "cost", "seconds", "prompt"];

/// The table, and below it what did not pass.
pub(super) fn of(report: &Report) -> String {
    let groups = groups(&report.trials);
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(groups.iter().map(|group| row(group)));
    let mut text = aligned(&rows);
    text.push_str(&constancy(&groups));
    text.push_str(&failures(&report.trials));
    let partial = if report.is_partial { ", ended by a signal" } else { "" };
    // Writing to a text cannot fail.
    writeln!(
        text,
        "\n{}: {} of {} trials passed in {:.1} s{partial}",
        report.suite,
        report.passed(),
        report.trials.len(),
        report.seconds
    )
    .ok();
    text
}

/// Outcomes of the same group, in the order in which the groups come.
fn groups(trials: &[Outcome]) -> Vec<Vec<&Outcome>> {
    let mut groups: Vec<Vec<&Outcome>> = Vec::new();
    for trial in trials {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| first.group == trial.group) => group.push(trial),
            Some(_) | None => groups.push(vec![trial]),
        }
    }
    groups
}

fn row(group: &[&Outcome]) -> [String; 10] {
    let count = group.len().max(1) as f64;
    let mean = |of: fn(&Outcome) -> f64| group.iter().map(|trial| of(trial)).sum::<f64>() / count;
    let passed = group.iter().filter(|trial| trial.status == Status::Passed).count();
    [
        group.first().map_or_else(String::new, |first| first.group.clone()),
        group.len().to_string(),
        passed.to_string(),
        format!("{:.3}", mean(|trial| trial.score)),
        format!("{:.1}", mean(|trial| f64::from(trial.figures.calls))),
        tokens(mean(|trial| trial.figures.input as f64)),
        tokens(mean(|trial| trial.figures.output as f64)),
        format!("${:.4}", mean(|trial| trial.figures.cost_usd)),
        format!("{:.2}", mean(|trial| trial.figures.seconds)),
        largest_prompt(group).to_string(),
    ]
}

fn tokens(count: f64) -> String {
    match count {
        few if few < 10_000.0 => format!("{few:.0}"),
        more if more < 10_000_000.0 => format!("{:.0}K", more / 1e3),
        many => format!("{:.0}M", many / 1e6),
    }
}

fn largest_prompt(group: &[&Outcome]) -> u64 {
    group.iter().map(|trial| trial.figures.largest_prompt).max().unwrap_or(0)
}

fn aligned(rows: &[[String; 10]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if column == 0 {
                write!(text, "{cell:<width$}").ok();
            } else {
                write!(text, "  {cell:>width$}").ok();
            }
        }
        text.push('\n');
    }
    text
}

/// One line for each task with contexts of several sizes: how far the largest prompt of its root moves.
fn constancy(groups: &[Vec<&Outcome>]) -> String {
    let mut text = String::new();
    let task = |group: &[&Outcome]| -> Option<String> {
        let (task, _) = group.first()?.group.rsplit_once('/')?;
        Some(task.to_owned())
    };
    for sizes in groups.chunk_by(|one, next| task(one).is_some() && task(one) == task(next)) {
        let prompts: Vec<u64> = sizes.iter().map(|group| largest_prompt(group)).filter(|n| *n > 0).collect();
        let (Some(least), Some(most), [small, .., large]) =
            (prompts.iter().min(), prompts.iter().max(), sizes)
        else {
            continue;
        };
        let size = |group: &[&Outcome]| group.first().and_then(|trial| trial.size).unwrap_or(0);
        writeln!(
            text,
            "{}: the root's largest prompt is {least} to {most} tokens (±{:.1} %) from {} to {} characters of context",
            task(small).unwrap_or_default(),
            (most - least) as f64 / (most + least) as f64 * 100.0,
            size(small),
            size(large),
        )
        .ok();
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn failures(trials: &[Outcome]) -> String {
    let mut text = String::new();
    let failed: Vec<&Outcome> = trials.iter().filter(|trial| trial.status != Status::Passed).collect();
    for trial in failed.iter().take(LISTED) {
        let why = match (&trial.error, trial.checks.iter().find(|check| check.gap.is_some())) {
            (Some(error), _) => error.clone(),
            (None, Some(check)) => {
                format!("{}: {}", check.what, check.gap.as_deref().unwrap_or_default())
            }
            (None, None) => format!("score {:.3}", trial.score),
        };
        writeln!(text, "{} {} #{}: {}", trial.status.word(), trial.case, trial.number, one_line(&why, 160))
            .ok();
    }
    if failed.len() > LISTED {
        writeln!(text, "… and {} more", failed.len() - LISTED).ok();
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}
