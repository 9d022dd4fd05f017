//! The report of what a request consumed: in parts, each of which may come again with larger figures.

use headwater_protocol::{Tokens, Usage};
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    /// From the edits that were applied, which stand beside the report.
    #[serde(skip)]
    cleared: Option<u64>,
}

impl Report {
    /// What is known with `later` over it.
    pub(super) fn with(self, later: Self) -> Self {
        Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            cache_creation_input_tokens: later
                .cache_creation_input_tokens
                .or(self.cache_creation_input_tokens),
            cache_read_input_tokens: later.cache_read_input_tokens.or(self.cache_read_input_tokens),
            output_tokens: later.output_tokens.or(self.output_tokens),
            cleared: later.cleared.or(self.cleared),
        }
    }

    /// The server cleared so many tokens before it counted.
    pub(super) fn clear(&mut self, tokens: u64) {
        self.cleared = Some(tokens).filter(|tokens| *tokens > 0);
    }

    /// The figures as every wire gives them: here the cached part stands beside the input and not in it.
    pub(super) fn usage(self) -> Usage {
        let cached = self.cache_read_input_tokens.unwrap_or(0);
        let written = self.cache_creation_input_tokens.unwrap_or(0);
        let input = self.input_tokens.unwrap_or(0).saturating_add(written).saturating_add(cached);
        Usage {
            input: Tokens(input),
            cached: Tokens(cached),
            cache_written: Tokens(written),
            output: Tokens(self.output_tokens.unwrap_or(0)),
            reasoning: Tokens(0),
            cleared: Tokens(self.cleared.unwrap_or(0)),
        }
    }
}
