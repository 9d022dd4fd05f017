//! What a vendor's dialect of its wire differs in.

use serde::Deserialize;

/// Differences of a vendor from the plain wire; the defaults are the plain wire.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a list of independent differences")]
pub struct Quirks {
    /// Whether the usage of a stream has to be asked for.
    pub include_usage: bool,
    /// The field that limits the answer.
    pub output_limit: OutputLimit,
    /// Whether the model's longest answer is always asked for: some vendors assume a short one otherwise.
    pub always_limit_output: bool,
    /// Whether two user messages in a row are refused and have to be merged.
    pub strict_alternation: bool,
    /// What stands for the text of an assistant message that has none.
    pub empty_content: EmptyContent,
    /// The field in which reasoning is echoed.
    pub reasoning_field: String,
    /// Whether that field must be there, empty, where there is no reasoning to echo (it came from another model).
    pub empty_reasoning: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            include_usage: true,
            output_limit: OutputLimit::MaxTokens,
            always_limit_output: false,
            strict_alternation: false,
            empty_content: EmptyContent::Null,
            reasoning_field: "reasoning_content".to_owned(),
            empty_reasoning: false,
        }
    }
}

/// The field that limits the length of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLimit {
    /// The older name, which most servers know.
    MaxTokens,
    /// The newer name, which reasoning models at its inventor's demand.
    MaxCompletionTokens,
}

/// What stands for missing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyContent {
    /// `null`, as the wire's reference says.
    Null,
    /// `""`, for servers that demand a string.
    Text,
    /// No field at all.
    Omit,
}
