//! The comparison task by task: how many passed in each run, and by how much what they took differs.

use std::fmt::Write as _;

use super::super::report::{Outcome, Status};
use super::compare::Comparison;

/// One row: what both runs have of a task, and what only one has.
#[derive(Default)]
struct Row<'a> {
    task: &'a str,
    trials: usize,
    passed: [usize; 2],
    score: f64,
    steps: f64,
    cost: f64,
    missing: usize,
    new: usize,
}

/// One line for each task, in the order in which they come.
pub(super) fn of(comparison: &Comparison<'_>) -> String {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for pair in &comparison.both {
        count(&mut rows, pair.before, |row| {
            row.trials += 1;
            for (passed, trial) in row.passed.iter_mut().zip([pair.before, pair.after]) {
                *passed += usize::from(trial.status == Status::Passed);
            }
            row.score += pair.score();
            row.steps += f64::from(pair.after.figures.steps) - f64::from(pair.before.figures.steps);
            row.cost += pair.after.figures.cost_usd - pair.before.figures.cost_usd;
        });
    }
    comparison.missing.iter().for_each(|trial| count(&mut rows, trial, |row| row.missing += 1));
    comparison.new.iter().for_each(|trial| count(&mut rows, trial, |row| row.new += 1));
    rows.iter().map(line).collect()
}

/// Changes the row of a trial's task.
fn count<'a>(rows: &mut Vec<Row<'a>>, trial: &'a Outcome, change: impl FnOnce(&mut Row<'a>)) {
    if let Some(row) = rows.iter_mut().find(|row| row.task == trial.group) {
        return change(row);
    }
    let mut row = Row { task: &trial.group, ..Row::default() };
    change(&mut row);
    rows.push(row);
}

fn line(row: &Row<'_>) -> String {
    let (count, [before, after]) = (row.trials.max(1) as f64, row.passed);
    let mut text = format!(
        "{}: {} of {} passed, then {} · score {:+.3} · steps {:+.1} · cost {:+.4} $",
        row.task,
        before,
        row.trials,
        after,
        row.score / count,
        row.steps / count,
        row.cost / count,
    );
    for (count, what) in [(row.missing, "missing"), (row.new, "new")] {
        if count > 0 {
            // Writing to a text cannot fail.
            write!(text, " · {count} {what}").ok();
        }
    }
    text + "\n"
}
