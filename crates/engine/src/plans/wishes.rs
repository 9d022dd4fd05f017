//! What a plan may be wished to be: its options, checked.

use headwater_protocol::card::Tier;
use serde::Deserialize;
use serde_json::Value;

/// The options of a plan.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wishes {
    /// The most bytes of a chunk.
    pub(super) tau: Option<usize>,
    /// Bytes that a chunk repeats of the one before it.
    pub(super) overlap: usize,
    /// Answers that one merge takes.
    pub(super) k: Option<usize>,
    /// How answers become one.
    pub(super) reduce: Option<Reduce>,
    /// Which chunks are asked.
    pub(super) filter: Option<Filter>,
    /// The longest answer, in tokens.
    pub(super) max_tokens: Option<u64>,
    /// Which model.
    pub(super) model: Tier,
    /// For pairs: `key` joins by what things share, in code; otherwise every two chunks are looked at together.
    pub(super) cross: Option<Cross>,
}

/// How answers become one. All but `Model` cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reduce {
    /// Numbers are added.
    Sum,
    /// Lines, each once, in the order in which they first came.
    Union,
    /// Counts of kinds are added.
    Counter,
    /// One behind the other.
    Concat,
    /// What most say.
    Vote,
    /// A model merges them, `k` at a time.
    #[serde(alias = "llm", alias = "merge")]
    Model,
}

/// Which chunks are asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Filter {
    /// The so many that are nearest to the question.
    Keep(usize),
    /// `all`, `rank`, `model`, or a pattern that must occur.
    Named(String),
}

/// How pairs are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cross {
    /// Every two chunks in one call.
    Model,
    /// Each chunk once; pairs by code.
    Key,
}

impl Wishes {
    /// Reads the options; the error says which are known.
    pub(super) fn read(options: &Value) -> Result<Self, String> {
        if options.is_null() {
            return Ok(Self::default());
        }
        Self::deserialize(options).map_err(|error| {
            format!(
                "the options of the plan cannot be read ({error}); known are tau, overlap, k, reduce, filter, \
                 max_tokens, model and cross"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_named() {
        let wishes =
            Wishes::read(&json!({"tau": 5000, "reduce": "llm", "filter": 3, "model": "strong"})).unwrap();
        assert_eq!(
            (wishes.tau, wishes.reduce, wishes.model),
            (Some(5000), Some(Reduce::Model), Tier::Strong)
        );
        assert_eq!(wishes.filter, Some(Filter::Keep(3)));
        assert_eq!(Wishes::read(&Value::Null).unwrap(), Wishes::default());
        assert!(Wishes::read(&json!({"size": 1})).unwrap_err().contains("known are tau"));
        assert!(Wishes::read(&json!({"reduce": "guess"})).is_err());
    }
}
