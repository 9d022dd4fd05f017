//! `grep`: lines by a regular expression, with ripgrep's own engine.

mod hits;
mod report;
mod search;

use std::path::PathBuf;

use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::report::{data_schema, work};

/// Searches the content of files.
pub(super) struct Grep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Regular expression (Rust syntax), matched within a line.
    pattern: String,
    /// File or directory; default is the workspace.
    #[serde(
        default,
        deserialize_with = "crate::paths::optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    path: Option<String>,
    /// Only files that match, such as `*.rs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    glob: Option<String>,
    /// Default content: lines with their numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Mode")]
    mode: Option<Mode>,
    /// Lines around each match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    context: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    ignore_case: Option<bool>,
    /// Take the pattern as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    fixed: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Content,
    Files,
    Count,
}

impl Tool for Grep {
    type Input = Input;

    fn name(&self) -> &'static str {
        "grep"
    }

    fn description(&self) -> &'static str {
        "Search file contents. Ignored and binary files are left out."
    }

    fn capability(&self) -> Capability {
        Capability::Read
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<report::Shown<'_>>())
    }

    fn access(&self, input: &Input) -> Access {
        Access::Read(vec![PathBuf::from(input.path.as_deref().unwrap_or("."))])
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        work(context, move |context| {
            let found = search::search(&input, context)?;
            Ok::<_, search::GrepError>(report::report(&input, &found, context))
        })
        .await
    }
}
