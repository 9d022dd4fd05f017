//! Rules given with "always in this project": kept in the state directory, outside the agent's reach.
//!
//! *Invariants:* every change is made to what the file holds now, under a lock, so that sessions of one project
//! keep each other's rules; a file that cannot be read gives no rules and is never overwritten.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::store::private_directories;
use super::{StoreError, files};
use crate::regular_file;

/// The allow rules of one workspace, as this session knows them.
#[derive(Debug)]
pub struct ProjectRules {
    path: PathBuf,
    workspace: String,
    rules: Vec<String>,
    warning: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    workspace: String,
    allow: Vec<String>,
}

impl ProjectRules {
    /// Reads the rules of `workspace` below the state directory. The file is named by a digest of the path, so that no two paths share
    /// one; a file that cannot be read gives no rules and a warning.
    pub fn load(state: &Path, workspace: &Path) -> Self {
        let workspace = workspace.to_string_lossy().into_owned();
        let name = hex(&Sha256::digest(workspace.as_bytes()));
        let path = state.join("projects").join(format!("{name}.json"));
        match read(&path) {
            Ok(rules) => Self { path, workspace, rules, warning: None },
            Err(error) => {
                let warning = format!(
                    "The rules of this project cannot be read, so none of them holds ({}: {error}). The next \"always in this project\" starts a new file and keeps this one beside it.",
                    path.display()
                );
                Self { path, workspace, rules: Vec::new(), warning: Some(warning) }
            }
        }
    }

    /// What the person should know of them.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The rules in the order in which they were given.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Keeps a rule.
    pub(crate) fn add(&mut self, rule: &str) -> Result<(), StoreError> {
        add(&mut self.rules, rule);
        self.change(|stored| add(stored, rule))
    }

    /// Forgets a rule.
    pub(crate) fn revoke(&mut self, rule: &str) -> Result<(), StoreError> {
        self.rules.retain(|known| known != rule);
        self.change(|stored| stored.retain(|known| known != rule))
    }

    /// Changes what the file holds now: another session may have changed it since it was read here.
    fn change(&self, change: impl FnOnce(&mut Vec<String>)) -> Result<(), StoreError> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        private_directories(directory)?;
        let _lock = lock(&self.path.with_extension("lock"))?;
        let mut allow = match read(&self.path) {
            Ok(rules) => rules,
            Err(error) => {
                let kept = files::move_aside(&self.path)?;
                tracing::warn!(%error, kept = %kept.display(), "the project's rules could not be read");
                Vec::new()
            }
        };
        change(&mut allow);
        let stored = Stored { workspace: self.workspace.clone(), allow };
        let write = |file: &mut dyn io::Write| {
            serde_json::to_writer_pretty(&mut *file, &stored)?;
            file.write_all(b"\n")
        };
        files::replace(&self.path, write).map_err(StoreError::io("save", &self.path))
    }
}

fn add(rules: &mut Vec<String>, rule: &str) {
    if !rules.iter().any(|known| known == rule) {
        rules.push(rule.to_owned());
    }
}

/// The rules in a file; none when it is not there.
fn read(path: &Path) -> io::Result<Vec<String>> {
    match regular_file::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice::<Stored>(&bytes)?.allow),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Waits for the lock, which is only ever held for one change; the kernel drops it with the file.
fn lock(path: &Path) -> Result<File, StoreError> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = opened.map_err(StoreError::io("open", path))?;
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|error| StoreError::io("lock", path)(error.into()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(state: &tempfile::TempDir) -> ProjectRules {
        ProjectRules::load(state.path(), Path::new("/w/a_b"))
    }

    #[test]
    fn rules_survive_and_never_leak_into_another_project() {
        let state = tempfile::tempdir().unwrap();
        let mut here = load(&state);
        here.add("Bash(npm test *)").unwrap();
        assert_eq!(load(&state).rules(), ["Bash(npm test *)"]);
        assert!(ProjectRules::load(state.path(), Path::new("/w/a-b")).rules().is_empty());
        here.revoke("Bash(npm test *)").unwrap();
        assert!(load(&state).rules().is_empty());
    }

    #[test]
    fn two_sessions_of_one_project_keep_each_others_rules() {
        let state = tempfile::tempdir().unwrap();
        load(&state).add("Bash(old *)").unwrap();
        let (mut one, mut other) = (load(&state), load(&state));
        one.add("Bash(one *)").unwrap();
        other.revoke("Bash(old *)").unwrap();
        other.add("Bash(other *)").unwrap();
        one.add("Bash(last *)").unwrap();
        assert_eq!(load(&state).rules(), ["Bash(one *)", "Bash(other *)", "Bash(last *)"]);
    }

    #[test]
    fn rules_given_at_the_same_time_are_all_kept() {
        let state = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let mut rules = load(&state);
                scope.spawn(move || rules.add(&format!("Bash({number} *)")).unwrap());
            }
        });
        assert_eq!(load(&state).rules().len(), 8);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_of_and_kept() {
        let state = tempfile::tempdir().unwrap();
        let path = load(&state).path;
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{\"allow\": [\"Bash(mine *)\",").unwrap();
        let mut rules = load(&state);
        assert!(rules.rules().is_empty() && rules.warning().unwrap().contains("cannot be read"));
        rules.add("Bash(new *)").unwrap();
        let again = load(&state);
        assert_eq!((again.rules(), again.warning()), (&["Bash(new *)".to_owned()][..], None));
        let kept = path.with_extension("quarantine-1.json");
        assert!(std::fs::read_to_string(kept).unwrap().contains("Bash(mine *)"));
    }
}
