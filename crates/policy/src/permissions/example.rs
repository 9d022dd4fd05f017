//! Checks the examples that a rule carries.

use std::path::Path;

use crate::paths::{Ground, normalized};
use crate::shell::{read, units};

use super::domain::matches_domain;
use super::rule::{Rule, RuleError, Scope};
use super::texts::Entry;

/// Passes when the rule matches what it says and nothing of what it says it does not.
pub(super) fn check_examples(rule: &Rule, entry: &Entry) -> Result<(), RuleError> {
    let Entry::Table(table) = entry else { return Ok(()) };
    if let Some(example) = table.matches.iter().find(|example| !is_matched(rule, example)) {
        return Err(RuleError::Unmatched { rule: rule.text.clone(), example: example.clone() });
    }
    match table.not_match.iter().find(|example| is_matched(rule, example)) {
        Some(example) => Err(RuleError::Matched { rule: rule.text.clone(), example: example.clone() }),
        None => Ok(()),
    }
}

/// Commands are read as scripts, of which one part must match; everything else is a path or an address.
fn is_matched(rule: &Rule, example: &str) -> bool {
    let ground = Ground { workspace: Path::new("/workspace"), home: Some(Path::new("/home/user")) };
    match &rule.scope {
        Scope::Command(_) => {
            let (parts, _) = units(read(example, ground.workspace, ground.home), ground.home);
            parts.iter().any(|unit| rule.binds(unit, &ground))
        }
        Scope::Path(pattern) => {
            let example = example
                .strip_prefix("~/")
                .map_or_else(|| ground.workspace.join(example), |rest| Path::new("/home/user").join(rest));
            pattern.matches(&normalized(&example), &ground)
        }
        Scope::Domain(pattern) => matches_domain(pattern, example),
        Scope::Everything | Scope::Nothing => rule.tools.include(example),
    }
}
