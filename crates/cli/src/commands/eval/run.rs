//! `headwater eval run`: every trial of a suite, several at once, and the report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use headwater_sandbox::Runner;
use tokio::task::JoinSet;

use super::cases::{self, Trial};
use super::report::{Outcome, Report};
use super::suite::Suite;
use super::table;
use super::trials::{self, Bench};
use crate::args::Globals;
use crate::premises::Premises;
use crate::runtime::{self, Signals, Stop};
use crate::session::Confiner;
use crate::user_error::UserError;
use crate::{demo, output, vendors};

/// How long the end waits for what was cut off.
const LAST_TRIALS: Duration = Duration::from_secs(3);

/// What to run and how often.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The suite.
    #[arg(value_name = "SUITE.toml")]
    suite: PathBuf,
    /// How often each case is tried.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    n: u32,
    /// Trials at once; as many as there are processors unless said otherwise.
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Keep scores, transcripts and what was left behind in this directory, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(own: &RunArguments, globals: &Globals) -> Result<u8> {
    let confiner = Confiner::begin();
    let suite = Suite::read(&own.suite)?;
    let name = suite.name.clone();
    let trials = cases::trials(suite, own.n)?;
    check_vendor(globals)?;
    own.out.as_deref().map_or(Ok(()), make_empty)?;
    let probe = confiner.found()?;
    let runner = Runner::new(probe.clone());
    let bench = Arc::new(Bench { globals: globals.clone(), probe, runner, out: own.out.clone() });
    let jobs = own.jobs.map_or_else(processors, usize::from);
    let began = Instant::now();
    let runtime = runtime::for_many(jobs)?;
    let mut report = Report::new(name, Vec::new());
    let stop;
    (report.trials, stop) = runtime.block_on(all(&bench, trials, jobs))?;
    report.is_partial = stop.is_some();
    report.seconds = began.elapsed().as_secs_f64();
    // What a signal or a deadline cut off takes its directories with it.
    runtime.shutdown_timeout(LAST_TRIALS);
    if let Some(out) = &own.out {
        report.write(out)?;
    } else {
        output::note("note: nothing of this run was kept; --out DIR keeps it for `headwater eval diff`");
    }
    output::print(&table::of(&report))?;
    Ok(code(&report, stop))
}

/// A vendor that is not known or has no key is said once, before the first trial, and not by each of them.
fn check_vendor(globals: &Globals) -> Result<()> {
    let premises = Premises::find(globals)?;
    if demo::is_chosen(&premises) { Ok(()) } else { vendors::check(&premises) }
}

/// Runs all trials, `jobs` at once. A signal ends it with those that are done.
async fn all(bench: &Arc<Bench>, trials: Vec<Trial>, jobs: usize) -> Result<(Vec<Outcome>, Option<Stop>)> {
    let mut signals = Signals::listen()?;
    let (count, mut done) = (trials.len(), Vec::new());
    let mut waiting = trials.into_iter().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < jobs
            && let Some((place, trial)) = waiting.next()
        {
            let bench = Arc::clone(bench);
            running.spawn(async move { (place, guarded(bench, trial).await) });
        }
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(ended) => {
                    done.push(ended?);
                    tell(done.last(), done.len(), count);
                }
                None => return Ok((in_order(done), None)),
            },
            stop = signals.next() => return Ok((in_order(done), Some(stop))),
        }
    }
}

/// A trial in a task of its own: what breaks in it is its outcome.
async fn guarded(bench: Arc<Bench>, trial: Trial) -> Outcome {
    let mut lost = Outcome::of(&trial);
    match tokio::spawn(trials::run(bench, trial)).await {
        Ok(outcome) => outcome,
        Err(error) => {
            lost.error = Some(format!("the trial broke off: {error}"));
            lost
        }
    }
}

fn in_order(mut done: Vec<(usize, Outcome)>) -> Vec<Outcome> {
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn tell(last: Option<&(usize, Outcome)>, done: usize, count: usize) {
    let Some((_, outcome)) = last else { return };
    let Outcome { case, number, status, score, figures, error, .. } = outcome;
    let why = error.as_ref().map_or_else(String::new, |why| format!(" · {}", output::one_line(why, 200)));
    output::note(&format!(
        "{done}/{count} {case} #{number}: {} · {score:.3} · {:.1} s{why}",
        status.word(),
        figures.seconds
    ));
}

/// The directory of the run: made, and empty, so that no two runs are mixed.
fn make_empty(out: &Path) -> Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let is_empty = std::fs::read_dir(out).with_context(|| format!("{}", out.display()))?.next().is_none();
    if is_empty {
        return Ok(());
    }
    let error = UserError::usage(format!("{} is not empty", out.display()));
    Err(error.hint("Name another directory with --out: two runs in one could not be told apart.").into())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn code(report: &Report, stop: Option<Stop>) -> u8 {
    match stop {
        Some(Stop::Interrupt) => 130,
        Some(Stop::Terminate) => 143,
        None => u8::from(report.passed() < report.trials.len()),
    }
}
