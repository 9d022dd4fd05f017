//! The suite: a TOML file of tasks, read and checked before anything runs.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum as _;
use serde::Deserialize;

use super::sets::SetName;
use super::verifiers::Verifier;
use crate::args::ModeChoice;
use crate::user_error::UserError;

/// Seconds a trial may take unless its task says otherwise.
const SECONDS: u64 = 900;

/// A suite as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suite {
    /// What it is called in reports.
    pub(super) name: String,
    /// Settings for every task, each as `-c` takes it.
    #[serde(default)]
    pub(super) config: Vec<String>,
    /// The tasks.
    #[serde(rename = "task")]
    pub(super) tasks: Vec<Task>,
}

/// A task as it is written. Which fields it has follows from its kind; [`Task::work`] checks that.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Task {
    /// Its name, unique in the suite; a directory is called like it.
    pub(super) id: String,
    kind: Kind,
    /// The model, where it is another one than the command line's.
    pub(super) model: Option<String>,
    /// Settings, each as `-c` takes it.
    #[serde(default)]
    pub(super) config: Vec<String>,
    /// Seconds a trial may take.
    seconds: Option<u64>,
    /// The score from which a trial has passed.
    #[serde(default = "whole")]
    pub(super) pass_at: f64,
    /// What must hold afterwards.
    #[serde(default)]
    pub(super) verify: Vec<Verifier>,
    prompt: Option<String>,
    mode: Option<String>,
    files: Option<BTreeMap<String, String>>,
    set: Option<SetName>,
    sizes: Option<Vec<usize>>,
    questions: Option<u32>,
    seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Exec,
    Rlm,
}

fn whole() -> f64 {
    1.0
}

/// What a task asks for.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// One turn of the agent in a fresh workspace.
    Exec(ExecWork),
    /// Recursive completions over generated contexts.
    Rlm(RlmWork),
}

/// One turn of the agent.
#[derive(Clone, Debug)]
pub(super) struct ExecWork {
    pub(super) prompt: String,
    pub(super) mode: Option<ModeChoice>,
    /// The files of the workspace, by their path in it.
    pub(super) files: BTreeMap<String, String>,
}

/// Completions over generated contexts.
#[derive(Clone, Debug)]
pub(super) struct RlmWork {
    pub(super) set: SetName,
    /// Sizes of the contexts, in characters.
    pub(super) sizes: Vec<usize>,
    /// Questions for each size, each over a context of its own.
    pub(super) questions: u32,
    pub(super) seed: u64,
}

impl Suite {
    /// Reads and checks a suite.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the suite {} cannot be read", path.display()))?;
        Self::parse(&text).map_err(|error| wrong(&format!("the suite {}: {error:#}", path.display())))
    }

    fn parse(text: &str) -> Result<Self> {
        let suite: Self = toml::from_str(text)?;
        let mut names = std::collections::BTreeSet::new();
        for task in &suite.tasks {
            task.check().with_context(|| format!("task \"{}\"", task.id))?;
            if !names.insert(&task.id) {
                return Err(wrong(&format!("two tasks are called \"{}\"", task.id)));
            }
        }
        if suite.tasks.is_empty() { Err(wrong("there is no [[task]]")) } else { Ok(suite) }
    }
}

impl Task {
    /// How long a trial may take.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(SECONDS))
    }

    /// What it asks for, with only the fields of its kind.
    pub(super) fn work(&self) -> Result<Work> {
        match self.kind {
            Kind::Exec => {
                self.has_none_of(&[
                    ("set", self.set.is_some()),
                    ("sizes", self.sizes.is_some()),
                    ("questions", self.questions.is_some()),
                    ("seed", self.seed.is_some()),
                ])?;
                let mode = self.mode.as_deref().map(|name| ModeChoice::from_str(name, true)).transpose();
                Ok(Work::Exec(ExecWork {
                    prompt: self.prompt.clone().ok_or_else(|| self.lacks("prompt"))?,
                    mode: mode.map_err(|_| wrong("its mode is plan, agent, yolo or recursive"))?,
                    files: self.files.clone().unwrap_or_default(),
                }))
            }
            Kind::Rlm => {
                self.has_none_of(&[
                    ("prompt", self.prompt.is_some()),
                    ("mode", self.mode.is_some()),
                    ("files", self.files.is_some()),
                ])?;
                Ok(Work::Rlm(RlmWork {
                    set: self.set.ok_or_else(|| self.lacks("set"))?,
                    sizes: self.sizes.clone().ok_or_else(|| self.lacks("sizes"))?,
                    questions: self.questions.unwrap_or(1),
                    seed: self.seed.unwrap_or(0),
                }))
            }
        }
    }

    fn check(&self) -> Result<()> {
        let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if self.id.is_empty() || !is_plain(&self.id) {
            return Err(wrong("a name is made of letters, digits, - and _"));
        }
        if !(0.0..=1.0).contains(&self.pass_at) {
            return Err(wrong("pass_at lies between 0 and 1"));
        }
        let files = match self.work()? {
            Work::Exec(work) => work.files.into_keys().collect(),
            Work::Rlm(work) if work.sizes.is_empty() => return Err(wrong("sizes is empty")),
            Work::Rlm(_) => Vec::new(),
        };
        let named = self.verify.iter().filter_map(Verifier::path).map(str::to_owned);
        match files.into_iter().chain(named).find(|path| !is_inside(path)) {
            Some(path) => Err(wrong(&format!("\"{path}\" is no path inside the workspace"))),
            None => Ok(()),
        }
    }

    fn has_none_of(&self, fields: &[(&str, bool)]) -> Result<()> {
        match fields.iter().find(|(_, is_there)| *is_there) {
            Some((name, _)) => Err(wrong(&format!("a task of kind {} has no `{name}`", self.kind_name()))),
            None => Ok(()),
        }
    }

    fn lacks(&self, name: &str) -> anyhow::Error {
        wrong(&format!("a task of kind {} needs `{name}`", self.kind_name()))
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Exec => "exec",
            Kind::Rlm => "rlm",
        }
    }
}

/// Whether a path stays below the directory it is joined to.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn wrong(message: &str) -> anyhow::Error {
    UserError::usage(message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_cannot_be_meant_is_refused_with_the_reason() {
        let table = [
            ("name = 's'\ntask = []", "there is no [[task]]"),
            ("name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'", "needs `prompt`"),
            ("name = 's'\n[[task]]\nid = 'a'\nkind = 'rlm'\nset = 'pairs'", "needs `sizes`"),
            ("name = 's'\n[[task]]\nid = 'a/b'\nkind = 'exec'\nprompt = 'x'", "letters, digits"),
            ("name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\nseed = 1", "has no `seed`"),
            ("name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\nmode = 'fast'", "its mode is"),
            (
                "name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\nfiles = { '../up' = '' }",
                "no path inside",
            ),
            (
                "name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\nverify = [{ file_exists = '/etc' }]",
                "no path inside",
            ),
            (
                "name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\nverify = [{ answer_matches = '(' }]",
                "regex parse error",
            ),
            ("name = 's'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'x'\ntypo = 1", "unknown field `typo`"),
        ];
        for (text, said) in table {
            let error = format!("{:#}", Suite::parse(text).unwrap_err());
            assert!(error.contains(said), "{text}\n{error}");
        }
    }
}
