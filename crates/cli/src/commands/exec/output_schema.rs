//! `--output-schema FILE`: the final answer is JSON of this schema. What does not fit is sent back twice, as the contract
//! sends back what is missing; then the run ends as one whose contract is not met.

use std::path::Path;

use anyhow::Result;
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::{Predicate, TaskContract};
use serde_json::Value;

use crate::user_error::UserError;

/// What the requirement is called in gaps.
const ID: &str = "output_schema";

/// The schema of the answer.
pub(super) struct OutputSchema(Value);

impl OutputSchema {
    /// Reads it; an error before anything runs when it is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let wrong = |why: String| {
            UserError::usage(format!("the schema {shown} {why}"))
                .hint("--output-schema takes a file with a JSON Schema, such as {\"type\": \"object\"}.")
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let schema: Value =
            serde_json::from_str(&text).map_err(|error| wrong(format!("is no JSON: {error}")))?;
        jsonschema::validator_for(&schema).map_err(|error| wrong(format!("is no JSON Schema: {error}")))?;
        Ok(Self(schema))
    }

    /// A prompt that says what is asked of the answer.
    pub(super) fn asked(&self, prompt: &str) -> String {
        format!(
            "{prompt}\n\nA program reads your final answer: give one JSON value of this JSON Schema, and nothing around it.\n{}",
            self.0
        )
    }

    /// The contract with this requirement in it.
    pub(super) fn required(&self, contract: Option<TaskContract>) -> TaskContract {
        let mut contract = contract.unwrap_or_default();
        contract.required_outputs.push(RequiredOutput {
            id: ID.to_owned(),
            what: "the answer as JSON of the schema".to_owned(),
            predicate: Predicate::JsonSchemaValid { path: None, schema: self.0.clone() },
        });
        contract
    }
}

/// JSON without the fence that models write around it.
pub(super) fn bare(answer: &str) -> &str {
    let inside = answer.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.and_then(|rest| rest.split_once('\n')).map_or(answer, |(_, json)| json).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s8_a_fence_is_no_part_of_the_answer() {
        for (answer, json) in [("```json\n{\"a\": 1}\n```", "{\"a\": 1}"), ("[1]\n", "[1]"), ("```", "```")] {
            assert_eq!(bare(answer), json);
        }
    }
}
