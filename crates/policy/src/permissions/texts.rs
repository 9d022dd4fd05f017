//! The `[permissions]` table of the settings.

use serde::{Deserialize, Serialize};

/// The three lists of rules and what goes with them, as settings have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleTexts {
    /// What runs without a question.
    pub allow: Vec<Entry>,
    /// What always asks.
    pub ask: Vec<Entry>,
    /// What never runs.
    pub deny: Vec<Entry>,
    /// What happens to what reaches the network once foreign text was read.
    pub after_foreign: Option<AfterForeign>,
}

/// What becomes of a call that would run and reaches the network, once the session has read foreign text; in the order from
/// the loosest to the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterForeign {
    /// It runs, as if nothing had been read.
    Allow,
    /// A person is asked, unless they have given a rule since.
    #[default]
    Ask,
    /// It does not run.
    Deny,
}

impl AfterForeign {
    /// The names, as settings spell them.
    pub const NAMES: &'static [&'static str] = &["ask", "allow", "deny"];
}

/// One rule: its text, or a table with examples that are checked when it is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// `"Bash(cargo test *)"`
    Text(String),
    /// `{ rule = "Bash(cargo test *)", match = ["cargo test -p x"], not_match = ["cargo tester"] }`
    Table(ExampleTable),
}

/// A rule with examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleTable {
    /// The rule.
    pub rule: String,
    /// Commands, paths or addresses which it must match.
    #[serde(default, rename = "match")]
    pub matches: Vec<String>,
    /// Commands, paths or addresses which it must not match.
    #[serde(default)]
    pub not_match: Vec<String>,
}

impl Entry {
    /// The rule's text.
    pub fn rule(&self) -> &str {
        match self {
            Self::Text(rule) => rule,
            Self::Table(table) => &table.rule,
        }
    }
}

impl From<&str> for Entry {
    fn from(rule: &str) -> Self {
        Self::Text(rule.to_owned())
    }
}
