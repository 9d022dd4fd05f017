//! Quantities with their units in the type: tokens, bytes, money.

use std::ops::{Add, AddAssign};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of model tokens.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Tokens(pub u64);

impl Tokens {
    /// Whether there are none.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(crate) fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A number of bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

/// An amount of money in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Usd(pub f64);

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::fmt::Display for Usd {
    /// Two decimals from ten cents on, four below, so that a cheap call never reads as free.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = if self.0 == 0.0 || self.0 >= 0.1 { 2 } else { 4 };
        write!(f, "${:.*}", decimals, self.0)
    }
}

/// What one model request consumed, as the provider reported it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// All prompt tokens, cached ones included.
    pub input: Tokens,
    /// The part of `input` that the provider's prefix cache answered.
    pub cached: Tokens,
    /// The part of `input` that was written into the cache, where the provider says so.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub cache_written: Tokens,
    /// Generated tokens, reasoning included.
    pub output: Tokens,
    /// The part of `output` that was reasoning; zero when the provider does not say.
    #[serde(default)]
    pub reasoning: Tokens,
    /// Tokens of the request that the server cleared before it counted `input`, where it says so.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub cleared: Tokens,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_amounts_keep_four_decimals() {
        let cases = [(0.0, "$0.00"), (0.0042, "$0.0042"), (0.1, "$0.10"), (12.345, "$12.35")];
        for (amount, expected) in cases {
            assert_eq!(Usd(amount).to_string(), expected);
        }
    }
}
