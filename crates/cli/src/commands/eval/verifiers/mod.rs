//! What must hold after a trial: one file a kind, one line in the list.

mod answer_matches;
mod command;
mod ended;
mod files;
mod tools;

use std::path::Path;

use headwater_protocol::EndReason;
use headwater_sandbox::Runner;
use serde::Deserialize;

pub(super) use self::tools::EndedCall;

/// What is looked at: the workspace as it was left, and what was said.
pub(super) struct Scene<'a> {
    pub(super) workspace: &'a Path,
    pub(super) answer: &'a str,
    pub(super) ended: EndReason,
    /// The calls of tools, in the order of their ends.
    pub(super) calls: &'a [EndedCall],
    /// Runs what the suite wants run: it may run what the model wrote, and so is confined as the agent is.
    pub(super) runner: &'a Runner,
    /// The environment of its commands, without keys.
    pub(super) env: &'a [(String, String)],
}

/// One condition, as a suite writes it: `{ file_exists = "a.txt" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verifier {
    /// There is such a file.
    FileExists(String),
    /// There is none.
    FileAbsent(String),
    /// There is one, and the pattern matches in it.
    FileMatches(files::FilePattern),
    /// `bash -c` of it in the workspace ends with 0.
    #[serde(rename = "command_exit_0")]
    Command(String),
    /// The pattern matches in the answer.
    AnswerMatches(answer_matches::Pattern),
    /// A call of this tool ran and went well.
    ToolPassed(String),
    /// A call of this tool was denied, or refused before it ran.
    ToolRefused(String),
    /// It ended like this (`done`, `stalled`, `budget_spent` …).
    Ended(EndReason),
}

impl Verifier {
    /// The path it looks at.
    pub(super) fn path(&self) -> Option<&str> {
        match self {
            Self::FileExists(path) | Self::FileAbsent(path) => Some(path),
            Self::FileMatches(wanted) => Some(&wanted.path),
            Self::Command(_)
            | Self::AnswerMatches(_)
            | Self::ToolPassed(_)
            | Self::ToolRefused(_)
            | Self::Ended(_) => None,
        }
    }

    /// What it is, in a few words.
    pub(super) fn name(&self) -> String {
        match self {
            Self::FileExists(path) => format!("file_exists {path}"),
            Self::FileAbsent(path) => format!("file_absent {path}"),
            Self::FileMatches(wanted) => format!("file_matches {}", wanted.path),
            Self::Command(script) => format!("command_exit_0 {script}"),
            Self::AnswerMatches(pattern) => format!("answer_matches {}", pattern.as_str()),
            Self::ToolPassed(tool) => format!("tool_passed {tool}"),
            Self::ToolRefused(tool) => format!("tool_refused {tool}"),
            Self::Ended(reason) => format!("ended {reason:?}").to_lowercase(),
        }
    }

    /// Whether it holds; otherwise what was found instead.
    pub(super) async fn check(&self, scene: &Scene<'_>) -> Result<(), String> {
        match self {
            Self::FileExists(path) => files::exists(scene, path),
            Self::FileAbsent(path) => files::is_absent(scene, path),
            Self::FileMatches(wanted) => files::matches(scene, wanted),
            Self::Command(script) => command::ends_well(scene, script).await,
            Self::AnswerMatches(pattern) => answer_matches::holds(scene, pattern),
            Self::ToolPassed(tool) => tools::passed(scene, tool),
            Self::ToolRefused(tool) => tools::refused(scene, tool),
            Self::Ended(reason) => ended::holds(scene, *reason),
        }
    }
}
