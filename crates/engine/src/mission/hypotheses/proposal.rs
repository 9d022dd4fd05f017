//! What is answered when hypotheses are asked for.

use schemars::JsonSchema;
use serde::Deserialize;

/// Hypotheses with their predictions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(super) struct Proposal {
    /// At most three.
    #[serde(default)]
    pub(super) hypotheses: Vec<Proposed>,
}

/// One hypothesis.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(super) struct Proposed {
    /// The id of a hypothesis that stands already; empty for a new one.
    #[serde(default)]
    pub(super) id: String,
    /// What may be so, in one sentence.
    pub(super) claim: String,
    /// At most three, one of them at least disconfirming.
    #[serde(default)]
    pub(super) predictions: Vec<Prediction>,
}

/// What would be seen.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(super) struct Prediction {
    /// Under which condition.
    #[serde(default, rename = "if")]
    pub(super) condition: String,
    /// What is then to be seen.
    pub(super) then: String,
    /// A glob of names of texts; empty means everywhere.
    #[serde(default, rename = "where")]
    pub(super) place: String,
    /// Who looks: `code` searches for the pattern, `cheap` asks a reader.
    #[serde(default)]
    #[schemars(extend("enum" = ["code", "cheap"]))]
    pub(super) check: String,
    /// For `code`: a regular expression whose match shows what is to be seen.
    #[serde(default)]
    pub(super) pattern: String,
    /// Whether seeing it would show the hypothesis wrong.
    #[serde(default)]
    pub(super) disconfirming: bool,
}
