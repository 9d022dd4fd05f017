//! The person's yes to rules of a project that set how much is asked: kept in the state directory, outside the agent's reach,
//! with the digest of the rules that were shown, so that others ask again.

use std::path::Path;

use anyhow::Result;
use headwater_engine::sessions::Consent;
use headwater_protocol::projection::hex;
use sha2::{Digest as _, Sha256};

/// Where the yes for one workspace is kept.
#[derive(Clone, Debug)]
pub(crate) struct RuleConsent(Consent);

impl RuleConsent {
    /// That of `workspace`, below the state directory.
    pub(crate) fn of(state: &Path, workspace: &Path) -> Self {
        Self(Consent::to_rules(state, workspace))
    }

    /// Whether the person said yes to exactly these. A file that cannot be read says no.
    pub(crate) fn covers(&self, rules: &[String]) -> bool {
        self.0.covers(&digest(rules))
    }

    /// Keeps a yes; the one before it no longer counts.
    pub(crate) fn give(&self, rules: &[String]) -> Result<()> {
        Ok(self.0.give(&digest(rules))?)
    }
}

/// The digest of rules, in hexadecimal. A rule is one line.
pub(crate) fn digest(rules: &[String]) -> String {
    hex(&Sha256::digest(rules.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_a_yes_is_to_exactly_these_rules_in_one_workspace() {
        let state = tempfile::tempdir().unwrap();
        let rules = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let here = RuleConsent::of(state.path(), Path::new("/w/a"));
        assert!(!here.covers(&rules(&["Bash"])));
        here.give(&rules(&["Bash"])).unwrap();
        assert!(here.covers(&rules(&["Bash"])) && !here.covers(&rules(&["Bash", "Edit"])));
        assert!(!RuleConsent::of(state.path(), Path::new("/w/b")).covers(&rules(&["Bash"])));
    }
}
