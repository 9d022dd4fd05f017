//! The options that every command takes.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use headwater_engine::{SessionStore, regular_file};
use headwater_protocol::{Event, ModeId, Record, SessionId};

use crate::paths::Paths;

/// The common options.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Globals {
    /// Work in this directory instead of the current one.
    #[arg(short = 'C', long, value_name = "DIR", global = true)]
    pub cwd: Option<PathBuf>,
    /// The vendor: a known one (`headwater doctor` lists them), one of your settings, or demo.
    #[arg(long, value_name = "NAME", global = true)]
    pub provider: Option<String>,
    /// The model, as the vendor spells it.
    #[arg(short, long, value_name = "NAME", global = true)]
    pub model: Option<String>,
    /// The model of the children of Recursive mode, at the same vendor.
    #[arg(long, value_name = "NAME", global = true)]
    pub child_model: Option<String>,
    /// The model that stands in for the rest of a turn when the chosen one is overloaded, out of quota or out of reach.
    #[arg(long, value_name = "NAME", global = true)]
    pub fallback_model: Option<String>,
    /// The vendor of the fallback model; without it, the same one.
    #[arg(long, value_name = "NAME", global = true)]
    pub fallback_provider: Option<String>,
    /// Where the server answers, up to and with `/v1`.
    #[arg(long, value_name = "URL", global = true)]
    pub base_url: Option<String>,
    /// The mode to begin in.
    #[arg(long, value_name = "MODE", value_enum, global = true)]
    pub mode: Option<ModeChoice>,
    /// What must hold before "done" is believed, as a TOML file (docs/CONTRACTS.md).
    #[arg(long, value_name = "FILE", global = true)]
    pub contract: Option<PathBuf>,
    /// Set any setting, for example `-c network.idle_timeout=60`.
    #[arg(short, long, value_name = "KEY=VALUE", global = true)]
    pub config: Vec<String>,
    /// Keep the transcript in the terminal's own scrollback, and draw below it.
    #[arg(long = "inline", global = true, conflicts_with = "is_plain")]
    pub is_inline: bool,
    /// Plain lines instead of a full screen: for screen readers and dumb terminals.
    #[arg(long = "plain", global = true)]
    pub is_plain: bool,
    /// Model requests a turn may make.
    #[arg(long, value_name = "N", global = true)]
    pub max_steps: Option<u32>,
    /// US dollars the session may cost.
    #[arg(long, value_name = "USD", value_parser = amount, global = true)]
    pub max_cost: Option<f64>,
    /// Seconds a turn may take.
    #[arg(long, value_name = "SECONDS", global = true)]
    pub max_time: Option<u64>,
}

impl Globals {
    /// The same options, at the directory of a session that is carried on, unless another one was named.
    pub(crate) fn at_home_of(&self, session: Option<&SessionId>) -> Result<Self> {
        let mut here = self.clone();
        if let Some(id) = session.filter(|_| self.cwd.is_none()) {
            here.cwd = workspace_of(&SessionStore::new(Paths::find()?.state).transcript(id));
        }
        Ok(here)
    }

    /// Those that bound a turn and the session, as another start of the program takes them.
    pub(crate) fn of_limits(&self) -> Vec<String> {
        let limits = [
            ("--max-steps", self.max_steps.map(|steps| steps.to_string())),
            ("--max-cost", self.max_cost.map(|cost| cost.to_string())),
            ("--max-time", self.max_time.map(|seconds| seconds.to_string())),
        ];
        limits.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten().collect()
    }

    /// Those that say where and with which model, as another start of the program takes them.
    pub(crate) fn of_vendor_and_place(&self) -> Vec<String> {
        let cwd = self.cwd.as_ref().map(|directory| directory.display().to_string());
        let single = [
            ("--cwd", &cwd),
            ("--provider", &self.provider),
            ("--model", &self.model),
            ("--child-model", &self.child_model),
            ("--fallback-model", &self.fallback_model),
            ("--fallback-provider", &self.fallback_provider),
            ("--base-url", &self.base_url),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value.clone()?]));
        let settings = self.config.iter().map(|setting| ["--config".to_owned(), setting.clone()]);
        single.chain(settings).flatten().collect()
    }
}

/// The workspace that the first line of a log names. A log that cannot be read is told of when it is opened.
fn workspace_of(log: &Path) -> Option<PathBuf> {
    let mut line = String::new();
    BufReader::new(regular_file::open(log).ok()?).read_line(&mut line).ok()?;
    let Event::SessionStarted(started) = Record::from_line(&line).ok()?.event else { return None };
    Some(PathBuf::from(started.workspace))
}

/// The modes, as the command line spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeChoice {
    /// Read-only: investigate and hand over a plan.
    Plan,
    /// All tools; asks where it matters.
    Agent,
    /// All tools; only the catastrophic set stops.
    Yolo,
    /// A mission with one card.
    Recursive,
}

impl From<ModeChoice> for ModeId {
    fn from(choice: ModeChoice) -> Self {
        match choice {
            ModeChoice::Plan => Self::Plan,
            ModeChoice::Agent => Self::Agent,
            ModeChoice::Yolo => Self::Yolo,
            ModeChoice::Recursive => Self::Recursive,
        }
    }
}

fn amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(amount) if amount.is_finite() && amount >= 0.0 => Ok(amount),
        Ok(_) | Err(_) => Err("an amount of US dollars is a number, 0 or more".to_owned()),
    }
}
