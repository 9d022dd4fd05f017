//! `ask_user`: asks the person and waits for the answer.

use headwater_protocol::tool::{ASK_TOOL, Question};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{data, data_schema};

/// The most answers to choose from: what a person takes in at a glance.
const MOST_OPTIONS: usize = 6;

/// Asks the person and waits for the answer.
pub(super) struct AskUser;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// One question, with what the person needs to know to answer it.
    question: String,
    /// Up to 6 answers to choose from; a free answer is always possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
}

/// The screen's shape `answer`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown<'a> {
    kind: &'static str,
    question: &'a str,
    options: &'a [String],
    answer: Option<&'a str>,
}

impl Tool for AskUser {
    type Input = Input;

    fn name(&self) -> &'static str {
        ASK_TOOL
    }

    fn description(&self) -> &'static str {
        "Ask the person and wait. Only for what you cannot find out yourself and where the answer changes what you do."
    }

    fn capability(&self) -> Capability {
        Capability::Ask
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<Shown<'_>>())
    }

    fn access(&self, _input: &Input) -> Access {
        Access::Ask
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        let Input { question, options } = input;
        if question.trim().is_empty() {
            return ToolOutcome::error("The question is empty.");
        }
        if options.len() > MOST_OPTIONS {
            return ToolOutcome::error(format!(
                "{} options are too many to choose from; offer at most {MOST_OPTIONS}.",
                options.len()
            ));
        }
        let asked = Question { call: context.call.clone(), text: question.clone(), options: options.clone() };
        let answer = tokio::select! {
            answer = context.person.ask(asked) => answer,
            () = context.cancel.cancelled() => return ToolOutcome::error("Interrupted before an answer came."),
        };
        let shown =
            Shown { kind: "answer", question: &question, options: &options, answer: answer.as_deref() };
        let text = answer.as_deref().map_or_else(
            || "Nobody answered. Decide sensibly yourself, and say what you assumed.".to_owned(),
            |answer| format!("The person answers: {answer}"),
        );
        ToolOutcome::text(text).with_data(data(&shown))
    }
}
