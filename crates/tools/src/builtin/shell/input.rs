//! What the model says of a command.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::builtin) struct Input {
    /// Script for bash, run in the workspace.
    pub(super) command: String,
    /// Killed after so many seconds, default 120, at most 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub(super) timeout_s: Option<u32>,
    /// Return at once with a job number; look after it with jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub(super) background: Option<bool>,
    /// Directory to start in.
    #[serde(
        default,
        deserialize_with = "crate::paths::optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    pub(super) workdir: Option<String>,
}
