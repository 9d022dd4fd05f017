//! The task contract: what must hold before "done" is believed, each part with a check that the host can make
//! (HARNESS Z2).

mod draft;
mod text;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use draft::{ContractDraft, OutputDraft, PredicateKind};
pub use text::{ContractTextError, parse, write};

/// What a task must bring.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskContract {
    /// One sentence.
    pub goal: String,
    /// What must be there at the end.
    #[serde(default)]
    pub required_outputs: Vec<RequiredOutput>,
    /// What the person must have been asked, and have answered, before it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_ask: Vec<String>,
    /// What may be left open.
    #[serde(default, skip_serializing_if = "Acceptability::is_default")]
    pub acceptability: Acceptability,
}

impl TaskContract {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.required_outputs.is_empty() && self.must_ask.is_empty() && self.acceptability.is_default()
    }
}

/// What may be left open when the work is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptability {
    /// How many uncertainties may be open that the person has not accepted.
    #[serde(default)]
    pub max_unknowns: u32,
    /// The least confidence, from 0 to 1, with which the model may call it done; absent means that none is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_confidence: Option<f64>,
}

impl Acceptability {
    /// Whether it is what holds where nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Whose word a contract is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractSource {
    /// An approved mission card.
    #[default]
    Card,
    /// The person, by a file or on the screen.
    Person,
    /// The model, for the task it is at.
    Model,
}

/// One thing that must be there at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequiredOutput {
    /// Unique within the contract; gaps name it.
    pub id: String,
    /// What it is, for people.
    pub what: String,
    /// How it is checked.
    pub predicate: Predicate,
}

impl RequiredOutput {
    /// Its id and what it is; the id alone where nobody said what it is.
    pub fn title(&self) -> String {
        if self.what == self.id { self.id.clone() } else { format!("{}: {}", self.id, self.what) }
    }

    /// What is missing of it, when this was found instead.
    pub fn gap(&self, found: &str) -> Gap {
        let what = self.what.trim_end_matches('.');
        let found = if what == self.id { found.to_owned() } else { format!("{what}: {found}") };
        Gap { id: self.id.clone(), found }
    }
}

/// A check that the host makes. Paths are relative to the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Predicate {
    /// A file is there and not empty.
    FileExists {
        /// The file.
        path: String,
    },
    /// A command ends with code 0, in the sandbox.
    CommandExit0 {
        /// The script.
        command: String,
    },
    /// A JSON file, or the answer, is valid.
    JsonSchemaValid {
        /// The file; absent means the answer.
        path: Option<String>,
        /// The schema.
        schema: Value,
    },
    /// A pattern is found.
    #[serde(alias = "regex_in_file")]
    RegexMatches {
        /// The file; absent means the answer.
        path: Option<String>,
        /// The pattern, in the syntax of the `regex` crate.
        pattern: String,
    },
    /// The working tree differs from its last commit below this path.
    DiffNonempty {
        /// A glob; absent means anywhere.
        path: Option<String>,
    },
    /// The answer is not empty.
    AnswerNonempty,
    /// A tool ran in this session, and its last result passed.
    ToolResultPassed {
        /// The tool.
        tool: String,
        /// For a tool that runs commands: the command, which must have passed after the last change of a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
}

impl Predicate {
    /// Whether it looks at the answer alone: it can hold where nothing may be changed.
    pub fn is_about_answer(&self) -> bool {
        match self {
            Self::AnswerNonempty => true,
            Self::JsonSchemaValid { path, .. } | Self::RegexMatches { path, .. } => path.is_none(),
            Self::FileExists { .. }
            | Self::CommandExit0 { .. }
            | Self::DiffNonempty { .. }
            | Self::ToolResultPassed { .. } => false,
        }
    }

    /// The file it looks into.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::FileExists { path } => Some(path),
            Self::JsonSchemaValid { path, .. } | Self::RegexMatches { path, .. } => path.as_deref(),
            Self::CommandExit0 { .. }
            | Self::DiffNonempty { .. }
            | Self::AnswerNonempty
            | Self::ToolResultPassed { .. } => None,
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = "the answer";
        match self {
            Self::FileExists { path } => write!(f, "{path} exists"),
            Self::CommandExit0 { command } => write!(f, "`{command}` ends with 0"),
            Self::JsonSchemaValid { path, .. } => {
                write!(f, "{} is JSON of its schema", path.as_deref().unwrap_or(answer))
            }
            Self::RegexMatches { path, pattern } => {
                write!(f, "{} matches /{pattern}/", path.as_deref().unwrap_or(answer))
            }
            Self::DiffNonempty { path } => {
                write!(f, "{} has changed", path.as_deref().unwrap_or("something"))
            }
            Self::AnswerNonempty => f.write_str("the answer is not empty"),
            Self::ToolResultPassed { tool, command: None } => write!(f, "{tool} passed"),
            Self::ToolResultPassed { tool, command: Some(command) } => {
                write!(f, "{tool} `{command}` passed")
            }
        }
    }
}

/// One part of a contract that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The required output.
    pub id: String,
    /// What was expected and what was found instead, in one sentence.
    pub found: String,
}
