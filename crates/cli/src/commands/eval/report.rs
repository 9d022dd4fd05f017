//! What a run comes to: one outcome a trial, as files that another run is compared with.
//!
//! *Invariants:* `scores.json` holds nothing that differs between two runs which scored the same: no times, no tokens.

use std::path::Path;

use anyhow::{Context as _, Result};
use headwater_protocol::EndReason;
use serde::{Deserialize, Serialize};

use super::artifacts::Artifact;
use super::cases::Trial;
use super::figures::Figures;
use crate::session::VERSION;
use crate::user_error::UserError;

/// The file with everything.
const REPORT: &str = "report.json";
/// The file with the scores alone.
const SCORES: &str = "scores.json";

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) suite: String,
    /// The version of the program that ran it.
    pub(super) version: String,
    /// Seconds of the whole run.
    pub(super) seconds: f64,
    /// Whether a signal ended it before all was tried.
    pub(super) is_partial: bool,
    /// In the order of the suite.
    pub(super) trials: Vec<Outcome>,
}

/// What became of a trial.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) case: String,
    pub(super) group: String,
    pub(super) number: u32,
    pub(super) status: Status,
    /// 0 to 1.
    pub(super) score: f64,
    pub(super) ended: Option<EndReason>,
    pub(super) checks: Vec<Check>,
    /// Why it could not be run.
    pub(super) error: Option<String>,
    /// Characters of its context.
    pub(super) size: Option<usize>,
    pub(super) figures: Figures,
    pub(super) artifacts: Vec<Artifact>,
}

/// Whether a trial passed. Better ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// It could not be run to its end.
    Errored,
    /// It ran, and something does not hold.
    Failed,
    /// Everything holds.
    Passed,
}

impl Status {
    /// In one word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Errored => "errored",
            Self::Failed => "failed",
            Self::Passed => "passed",
        }
    }
}

/// One condition of a task, and what was found instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) gap: Option<String>,
}

/// The part of an outcome that is the same whenever the same was scored.
#[derive(Serialize)]
struct Verdict<'a> {
    case: &'a str,
    number: u32,
    status: Status,
    score: f64,
    ended: Option<EndReason>,
    checks: &'a [Check],
}

impl Outcome {
    /// The outcome of a trial that has not begun.
    pub(super) fn of(trial: &Trial) -> Self {
        Self {
            case: trial.case.clone(),
            group: trial.group.clone(),
            number: trial.number,
            status: Status::Errored,
            score: 0.0,
            ended: None,
            checks: Vec::new(),
            error: None,
            size: trial.work.size(),
            figures: Figures::default(),
            artifacts: Vec::new(),
        }
    }

    fn verdict(&self) -> Verdict<'_> {
        Verdict {
            case: &self.case,
            number: self.number,
            status: self.status,
            score: self.score,
            ended: self.ended,
            checks: &self.checks,
        }
    }
}

impl Report {
    /// A run of a suite.
    pub(super) fn new(suite: String, trials: Vec<Outcome>) -> Self {
        Self { suite, version: VERSION.to_owned(), seconds: 0.0, is_partial: false, trials }
    }

    /// How many passed.
    pub(super) fn passed(&self) -> usize {
        self.trials.iter().filter(|trial| trial.status == Status::Passed).count()
    }

    /// Writes both files.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let line = |trial: &Outcome| serde_json::to_string(&trial.verdict());
        let scores = self.trials.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        put(&directory.join(SCORES), &format!("[\n{}\n]\n", scores.join(",\n")))?;
        put(&directory.join(REPORT), &(serde_json::to_string_pretty(self)? + "\n"))
    }

    /// Reads what an earlier run wrote.
    pub(super) fn read(directory: &Path) -> Result<Self> {
        let path = directory.join(REPORT);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            UserError::usage(format!("{} cannot be read: {error}", path.display()))
                .hint("Give the directories of two runs: `headwater eval run SUITE.toml --out DIR`.")
        })?;
        Ok(serde_json::from_str(&text)
            .map_err(|error| UserError::usage(format!("{} is no report: {error}", path.display())))?)
    }
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
