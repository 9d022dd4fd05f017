//! The task contract: what must hold before "done" is believed, each part with a check that the host can make
//! (HARNESS Z2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a task must bring.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskContract {
    /// One sentence.
    pub goal: String,
    /// What must be there at the end.
    #[serde(default)]
    pub required_outputs: Vec<RequiredOutput>,
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
}

/// One part of a contract that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The required output.
    pub id: String,
    /// What was expected and what was found instead, in one sentence.
    pub found: String,
}
