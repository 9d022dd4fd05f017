//! What JavaScript is given, and what comes of it.

use std::collections::HashSet;
use std::sync::Arc;

use headwater_protocol::corpus::Corpus;
use serde_json::{Map, Value};

use crate::directives::syntax::Code;
use crate::entry::HelperCache;

/// Code to run.
pub(in crate::directives) struct JsRequest {
    pub(in crate::directives) code: Code,
    pub(in crate::directives) corpus: Corpus,
    pub(in crate::directives) cache: Arc<HelperCache>,
    /// The variables it mentions.
    pub(in crate::directives) variables: Map<String, Value>,
    pub(in crate::directives) seed: u32,
    /// Characters of what it prints that are kept.
    pub(in crate::directives) kept: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub(in crate::directives) struct JsOutcome {
    /// What it printed.
    pub(in crate::directives) printed: String,
    /// Bytes it printed in all.
    pub(in crate::directives) printed_bytes: u64,
    /// How it ended.
    pub(in crate::directives) ending: JsEnding,
}

/// How code ended.
#[derive(Debug, PartialEq)]
pub(in crate::directives) enum JsEnding {
    /// With a value: that of its last expression, or what it returned.
    Value(Value),
    /// With the answer of the block.
    Answer(Value),
    /// With a variable as the answer.
    AnswerVariable(String),
    /// With an error.
    Failed(String),
}

impl Default for JsEnding {
    fn default() -> Self {
        Self::Value(Value::Null)
    }
}

/// The names that stand in `code`; more than it uses, since words in texts count too.
pub(in crate::directives) fn mentioned(code: &str) -> HashSet<&str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect()
}
