//! The person's yes to rules of a project that set how much is asked: kept in the state directory, outside the agent's reach,
//! with the digest of the rules that were shown, so that others ask again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use headwater_engine::regular_file;
use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::paths::make_private;
use crate::trust::write_private;

/// Where the yes for one workspace is kept.
#[derive(Clone, Debug)]
pub(crate) struct RuleConsent {
    path: PathBuf,
    workspace: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    workspace: String,
    digest: String,
}

impl RuleConsent {
    /// That of `workspace`, below the state directory.
    pub(crate) fn of(state: &Path, workspace: &Path) -> Self {
        let workspace = workspace.to_string_lossy().into_owned();
        let name = hex(&Sha256::digest(workspace.as_bytes()));
        Self { path: state.join("projects").join(format!("{name}.rules.json")), workspace }
    }

    /// Whether the person said yes to exactly these. A file that cannot be read says no.
    pub(crate) fn covers(&self, rules: &[String]) -> bool {
        let stored = regular_file::read(&self.path).ok();
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        stored.is_some_and(|stored| stored.workspace == self.workspace && stored.digest == digest(rules))
    }

    /// Keeps a yes; the one before it no longer counts.
    pub(crate) fn give(&self, rules: &[String]) -> Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        make_private(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        let stored = Stored { workspace: self.workspace.clone(), digest: digest(rules) };
        write_private(&self.path, &(serde_json::to_string_pretty(&stored)? + "\n"))
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
        std::fs::write(&here.path, "{").unwrap();
        assert!(!here.covers(&rules(&["Bash"])));
    }
}
