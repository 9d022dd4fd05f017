//! A contract as a person or a model writes it: flat, one table an output. What it says is checked as it becomes a
//! contract.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Acceptability, Predicate, RequiredOutput, TaskContract};

/// A contract as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractDraft {
    /// What is to be reached, in one sentence.
    #[serde(default)]
    pub goal: String,
    /// What the person must have been asked before it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_ask: Vec<String>,
    /// What may be left open.
    #[serde(default, skip_serializing_if = "Acceptability::is_default")]
    pub acceptability: Acceptability,
    /// What must be there at the end.
    #[serde(default, alias = "required_outputs", skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputDraft>,
}

/// One thing that must be there at the end, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputDraft {
    /// Short, unique.
    pub id: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// How it is checked: path exists; command ends with 0; path (or your answer) fits schema, or matches pattern; git diff
    /// (below path); tool, or command, passed last.
    #[serde(default, alias = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "KindName")]
    pub kind: Option<PredicateKind>,
    /// A file; without one it is about the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub path: Option<String>,
    /// The command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub command: Option<String>,
    /// A regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pattern: Option<String>,
    /// A JSON Schema, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<Value>,
    /// A tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub tool: Option<String>,
    /// The check in one piece, as cards write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub predicate: Option<Predicate>,
}

/// The names of [`PredicateKind`] without their docs, which would be told with every request.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum KindName {
    FileExists,
    #[serde(rename = "command_exit_0")]
    CommandExit0,
    JsonSchemaValid,
    RegexMatches,
    DiffNonempty,
    AnswerNonempty,
    ToolResultPassed,
}

/// The checks by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredicateKind {
    /// `path` is there and not empty.
    FileExists,
    /// `command` ends with code 0.
    #[serde(rename = "command_exit_0")]
    CommandExit0,
    /// `path`, or the answer, is JSON of `schema`.
    JsonSchemaValid,
    /// `pattern` is found in `path`, or in the answer.
    #[serde(alias = "regex_in_file")]
    RegexMatches,
    /// The working tree differs from its last commit, below `path` if there is one.
    DiffNonempty,
    /// The answer is not empty.
    AnswerNonempty,
    /// `tool` ran and passed last; with `command`, that command did.
    ToolResultPassed,
}

impl PredicateKind {
    fn name(self) -> &'static str {
        match self {
            Self::FileExists => "file_exists",
            Self::CommandExit0 => "command_exit_0",
            Self::JsonSchemaValid => "json_schema_valid",
            Self::RegexMatches => "regex_matches",
            Self::DiffNonempty => "diff_nonempty",
            Self::AnswerNonempty => "answer_nonempty",
            Self::ToolResultPassed => "tool_result_passed",
        }
    }

    /// The keys that say what is checked.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::FileExists | Self::DiffNonempty => &["path"],
            Self::CommandExit0 => &["command"],
            Self::JsonSchemaValid => &["path", "schema"],
            Self::RegexMatches => &["path", "pattern"],
            Self::AnswerNonempty => &[],
            Self::ToolResultPassed => &["tool", "command"],
        }
    }
}

impl ContractDraft {
    /// The contract it says. The error is one sentence.
    pub fn contract(self) -> Result<TaskContract, String> {
        let confidence = self.acceptability.min_confidence;
        if confidence.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
            return Err("min_confidence is a number from 0 to 1".to_owned());
        }
        if self.must_ask.iter().any(|question| question.trim().is_empty()) {
            return Err("a question of must_ask is empty".to_owned());
        }
        let outputs: Vec<RequiredOutput> =
            self.outputs.into_iter().map(OutputDraft::output).collect::<Result<_, _>>()?;
        for (place, output) in outputs.iter().enumerate() {
            if outputs.iter().take(place).any(|other| other.id == output.id) {
                return Err(format!("two outputs are called \"{}\"", output.id));
            }
        }
        Ok(TaskContract {
            goal: self.goal.trim().to_owned(),
            required_outputs: outputs,
            must_ask: self.must_ask,
            acceptability: self.acceptability,
        })
    }
}

impl From<&TaskContract> for ContractDraft {
    fn from(contract: &TaskContract) -> Self {
        Self {
            goal: contract.goal.clone(),
            must_ask: contract.must_ask.clone(),
            acceptability: contract.acceptability,
            outputs: contract.required_outputs.iter().map(OutputDraft::from).collect(),
        }
    }
}

impl OutputDraft {
    /// The output it says. The error is one sentence.
    pub fn output(self) -> Result<RequiredOutput, String> {
        let id = self.id.trim().to_owned();
        if id.is_empty() {
            return Err("an output has no id".to_owned());
        }
        let what = if self.what.trim().is_empty() { id.clone() } else { self.what.trim().to_owned() };
        let predicate = self.check().map_err(|why| format!("output \"{id}\": {why}"))?;
        Ok(RequiredOutput { id, what, predicate })
    }

    fn check(self) -> Result<Predicate, String> {
        let Some(kind) = self.kind else {
            return self.predicate.ok_or_else(|| "it has no kind, which says how it is checked".to_owned());
        };
        let given = [
            ("path", self.path.is_some()),
            ("command", self.command.is_some()),
            ("pattern", self.pattern.is_some()),
            ("schema", self.schema.is_some()),
            ("tool", self.tool.is_some()),
            ("predicate", self.predicate.is_some()),
        ];
        let is_strange = |(key, is_given): &&(&str, bool)| *is_given && !kind.keys().contains(key);
        if let Some((key, _)) = given.iter().find(is_strange) {
            return Err(format!("{} takes no {key}", kind.name()));
        }
        let need = |key: &str, value: Option<String>| {
            let value = value.filter(|value| !value.trim().is_empty());
            value.ok_or_else(|| format!("{} needs a {key}", kind.name()))
        };
        Ok(match kind {
            PredicateKind::FileExists => Predicate::FileExists { path: need("path", self.path)? },
            PredicateKind::CommandExit0 => {
                Predicate::CommandExit0 { command: need("command", self.command)? }
            }
            PredicateKind::JsonSchemaValid => {
                Predicate::JsonSchemaValid { path: self.path, schema: schema(self.schema)? }
            }
            PredicateKind::RegexMatches => {
                Predicate::RegexMatches { path: self.path, pattern: need("pattern", self.pattern)? }
            }
            PredicateKind::DiffNonempty => Predicate::DiffNonempty { path: self.path },
            PredicateKind::AnswerNonempty => Predicate::AnswerNonempty,
            PredicateKind::ToolResultPassed => {
                Predicate::ToolResultPassed { tool: need("tool", self.tool)?, command: self.command }
            }
        })
    }
}

impl From<&RequiredOutput> for OutputDraft {
    fn from(output: &RequiredOutput) -> Self {
        let empty = Self {
            id: output.id.clone(),
            what: output.what.clone(),
            kind: None,
            path: None,
            command: None,
            pattern: None,
            schema: None,
            tool: None,
            predicate: None,
        };
        let of = |kind| Self { kind: Some(kind), ..empty };
        match output.predicate.clone() {
            Predicate::FileExists { path } => Self { path: Some(path), ..of(PredicateKind::FileExists) },
            Predicate::CommandExit0 { command } => {
                Self { command: Some(command), ..of(PredicateKind::CommandExit0) }
            }
            Predicate::JsonSchemaValid { path, schema } => {
                // As text: a table cannot hold everything that a schema may.
                let schema = Some(Value::String(schema.to_string()));
                Self { path, schema, ..of(PredicateKind::JsonSchemaValid) }
            }
            Predicate::RegexMatches { path, pattern } => {
                Self { path, pattern: Some(pattern), ..of(PredicateKind::RegexMatches) }
            }
            Predicate::DiffNonempty { path } => Self { path, ..of(PredicateKind::DiffNonempty) },
            Predicate::AnswerNonempty => of(PredicateKind::AnswerNonempty),
            Predicate::ToolResultPassed { tool, command } => {
                Self { tool: Some(tool), command, ..of(PredicateKind::ToolResultPassed) }
            }
        }
    }
}

/// A schema, which may be written as text.
fn schema(given: Option<Value>) -> Result<Value, String> {
    match given {
        None => Err("json_schema_valid needs a schema".to_owned()),
        Some(Value::String(text)) => {
            serde_json::from_str(&text).map_err(|error| format!("its schema is no JSON: {error}"))
        }
        Some(schema) => Ok(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_are_told_are_those_that_are_read() {
        let told = crate::tool::schema_of::<KindName>();
        let told: Vec<PredicateKind> = serde_json::from_value(told["enum"].clone()).unwrap();
        let names: Vec<&str> = told.iter().map(|kind| kind.name()).collect();
        assert_eq!(serde_json::to_value(&told).unwrap(), serde_json::json!(names));
        assert_eq!(names.len(), 7);
    }
}
