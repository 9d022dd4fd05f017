//! The rules of the house: one file a rule, and a line in the list.

mod attributes;
mod capabilities;
mod counters;
mod edges;
mod harness;
mod headers;
mod names;
mod plural_folders;
mod sizes;
mod sleeps;
mod top_level;
mod vendors;
mod wildcards;

use crate::{Finding, Repository};
use anyhow::Result;

/// Every rule, in the order in which they are checked.
pub const RULES: &[Rule] = &[
    headers::RULE,
    sizes::RULE,
    names::RULE,
    attributes::RULE,
    capabilities::RULE,
    sleeps::RULE,
    counters::RULE,
    plural_folders::RULE,
    wildcards::RULE,
    vendors::RULE,
    edges::RULE,
    harness::RULE,
    top_level::RULE,
];

/// One rule.
pub struct Rule {
    /// Its name in the report.
    pub name: &'static str,
    /// What it promises about the repository.
    pub promise: &'static str,
    /// What breaks it.
    pub check: fn(&Repository) -> Result<Vec<Finding>>,
}
