//! A trial from its stage to its score.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::time::timeout;

use super::super::artifacts;
use super::super::cases::{Trial, TrialWork};
use super::super::report::{Check, Outcome, Status};
use super::super::sets::Truth;
use super::super::verifiers::Scene;
use super::follow::Followed;
use super::stage::{Bench, Stage};
use super::{completion, turn};
use crate::vendors::command_env;

/// Runs a trial. What keeps it from being run is its outcome too.
pub(in crate::commands::eval) async fn run(bench: Arc<Bench>, trial: Trial) -> Outcome {
    let mut outcome = Outcome::of(&trial);
    match judge(&bench, &trial, &mut outcome).await {
        Ok(()) => {}
        Err(error) => {
            outcome.status = Status::Errored;
            outcome.error = Some(format!("{error:#}"));
        }
    }
    outcome
}

async fn judge(bench: &Arc<Bench>, trial: &Trial, outcome: &mut Outcome) -> Result<()> {
    let stage = Stage::set(bench, trial)?;
    let deadline = trial.task.deadline();
    let Ok(ran) = timeout(deadline, perform(&stage, trial)).await else {
        bail!("not done after {} s", deadline.as_secs());
    };
    let (followed, truth) = ran?;
    let workspace = &stage.premises.workspace;
    let env = command_env(stage.premises.settings())?;
    let (answer, ended) = (&followed.text, followed.reason);
    let scene = Scene { workspace, answer, ended, calls: &followed.calls, runner: &bench.runner, env: &env };
    for verifier in &trial.task.verify {
        let gap = verifier.check(&scene).await.err();
        outcome.checks.push(Check { what: verifier.name(), gap });
    }
    outcome.ended = Some(followed.reason);
    outcome.figures = followed.figures;
    outcome.score = score(truth.as_ref(), &followed.text, &outcome.checks);
    let all_hold = outcome.checks.iter().all(|check| check.gap.is_none());
    let is_passed = all_hold && outcome.score >= trial.task.pass_at;
    outcome.status = if is_passed { Status::Passed } else { Status::Failed };
    if let Some(kept) = &stage.kept {
        stage.keep_transcript(&followed.session, kept)?;
        outcome.artifacts = artifacts::keep(workspace, &followed.text, kept)?;
    }
    Ok(())
}

async fn perform(stage: &Stage, trial: &Trial) -> Result<(Followed, Option<Truth>)> {
    match &trial.work {
        TrialWork::Exec(work) => Ok((turn::run(stage, work).await?, None)),
        TrialWork::Rlm(parameters) => {
            let (followed, truth) = completion::run(stage, *parameters).await?;
            Ok((followed, Some(truth)))
        }
    }
}

/// How right the answer is where that is known, otherwise the share of the conditions that hold.
fn score(truth: Option<&Truth>, answer: &str, checks: &[Check]) -> f64 {
    if let Some(truth) = truth {
        return truth.score(answer);
    }
    if checks.is_empty() {
        return 1.0;
    }
    let held = checks.iter().filter(|check| check.gap.is_none()).count();
    held as f64 / checks.len() as f64
}
