//! The todo list, which the model keeps and the person sees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of the todo list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Todo {
    /// What is to be done, in a few words.
    pub text: String,
    /// Where it stands.
    #[serde(default)]
    pub status: TodoStatus,
}

/// Where a todo stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TodoStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Being worked on; one at a time reads best.
    InProgress,
    /// Done.
    Completed,
    /// Given up, and kept for the record.
    Cancelled,
}

impl TodoStatus {
    /// Whether it still asks for work.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }
}
