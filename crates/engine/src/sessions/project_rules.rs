//! Rules given with "always in this project": kept in the state directory, outside the agent's reach.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::StoreError;
use super::store::private_directories;

/// The allow rules of one workspace.
#[derive(Debug)]
pub(crate) struct ProjectRules {
    path: PathBuf,
    workspace: String,
    rules: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    workspace: String,
    allow: Vec<String>,
}

impl ProjectRules {
    /// Reads the rules of `workspace`. The file is named by a digest of the path, so that no two paths share
    /// one; a file that cannot be read gives no rules.
    pub(crate) fn load(state: &Path, workspace: &Path) -> Self {
        let workspace = workspace.to_string_lossy().into_owned();
        let name = hex(&Sha256::digest(workspace.as_bytes()));
        let path = state.join("projects").join(format!("{name}.json"));
        let stored: Stored = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { path, workspace, rules: stored.allow }
    }

    /// The rules in the order in which they were given.
    pub(crate) fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Keeps a rule.
    pub(crate) fn add(&mut self, rule: &str) -> Result<(), StoreError> {
        if !self.rules.iter().any(|known| known == rule) {
            self.rules.push(rule.to_owned());
        }
        self.save()
    }

    /// Forgets a rule.
    pub(crate) fn revoke(&mut self, rule: &str) -> Result<(), StoreError> {
        self.rules.retain(|known| known != rule);
        self.save()
    }

    fn save(&self) -> Result<(), StoreError> {
        if let Some(parent) = self.path.parent() {
            private_directories(parent)?;
        }
        let stored = Stored { workspace: self.workspace.clone(), allow: self.rules.clone() };
        let fresh = self.path.with_extension("json.new");
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            serde_json::to_writer_pretty(&mut file, &stored)?;
            file.write_all(b"\n")?;
            std::fs::rename(&fresh, &self.path)
        };
        write().map_err(StoreError::io("save", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_survive_and_never_leak_into_another_project() {
        let state = tempfile::tempdir().unwrap();
        let mut here = ProjectRules::load(state.path(), Path::new("/w/a_b"));
        here.add("Bash(npm test *)").unwrap();
        assert_eq!(ProjectRules::load(state.path(), Path::new("/w/a_b")).rules(), ["Bash(npm test *)"]);
        assert!(ProjectRules::load(state.path(), Path::new("/w/a-b")).rules().is_empty());
        here.revoke("Bash(npm test *)").unwrap();
        assert!(ProjectRules::load(state.path(), Path::new("/w/a_b")).rules().is_empty());
    }
}
