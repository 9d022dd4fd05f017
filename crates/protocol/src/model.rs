//! What is known of a model: its window, its output limit, its price.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Tokens, Usage, Usd};

/// The window assumed for a model that no data knows.
pub const UNKNOWN_WINDOW: Tokens = Tokens(32_768);

/// One model as the session uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInfo {
    /// The name as the provider spells it.
    pub name: String,
    /// Tokens of prompt and answer together.
    pub window: Tokens,
    /// The longest answer to ask for; absent means the server's own limit.
    pub max_output: Option<Tokens>,
    /// Absent means "cost unknown".
    pub price: Option<Price>,
    /// False when no data knew the model and the conservative window is assumed.
    pub is_known: bool,
    /// Whether it is too weak to write the blocks of Recursive mode freely: it is led to plans, and shown less.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_weak_root: bool,
    /// Whether its servers clear old results themselves, when a request says which.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clears_results: bool,
}

impl ModelInfo {
    /// A model that no data knows: a conservative window, cost unknown.
    pub fn unknown(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            window: UNKNOWN_WINDOW,
            max_output: None,
            price: None,
            is_known: false,
            is_weak_root: false,
            clears_results: false,
        }
    }

    /// What `usage` cost; `None` when the price is unknown.
    pub fn cost(&self, usage: Usage) -> Option<Usd> {
        self.price.map(|price| price.of(usage))
    }
}

/// US dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prompt tokens which the cache did not answer.
    pub input: f64,
    /// Generated tokens.
    pub output: f64,
    /// Prompt tokens which the cache answered; absent means as `input`.
    #[serde(default)]
    pub cache_read: Option<f64>,
    /// Prompt tokens which were written into the cache; absent means as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
}

impl Price {
    /// What `usage` costs at this price.
    pub fn of(self, usage: Usage) -> Usd {
        let cached = usage.cached.0.min(usage.input.0);
        let written = usage.cache_written.0.min(usage.input.0 - cached);
        let fresh = usage.input.0 - cached - written;
        let per_million = fresh as f64 * self.input
            + written as f64 * self.cache_write.unwrap_or(self.input)
            + cached as f64 * self.cache_read.unwrap_or(self.input)
            + usage.output.0 as f64 * self.output;
        Usd(per_million / 1_000_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_are_charged_once_at_their_own_price() {
        let price = Price { input: 1.0, output: 2.0, cache_read: Some(0.1), cache_write: Some(1.25) };
        let usage = Usage {
            input: Tokens(1_000_000),
            cached: Tokens(500_000),
            output: Tokens(1_000_000),
            ..Usage::default()
        };
        assert!((price.of(usage).0 - 2.55).abs() < 1e-9);
        let written = Usage { cache_written: Tokens(400_000), ..usage };
        assert!((price.of(written).0 - 2.65).abs() < 1e-9, "{}", price.of(written));
        // A report that makes no sense costs no more than all of its input.
        let absurd = Usage { cache_written: Tokens(9_000_000), ..usage };
        assert!((price.of(absurd).0 - 2.675).abs() < 1e-9, "{}", price.of(absurd));
        let unpriced = Price { cache_write: None, ..price };
        assert!((unpriced.of(written).0 - 2.55).abs() < 1e-9, "as input");
    }
}
