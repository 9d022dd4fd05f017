//! The person's yes to what a project brings: kept in the state directory, outside the agent's reach, together with the
//! digest of what was shown, so that what changes asks again.

use std::io;
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::store::private_directories;
use super::{StoreError, files};
use crate::regular_file;

/// Where the yes to one kind of things of one workspace is kept.
#[derive(Clone, Debug)]
pub struct Consent {
    path: PathBuf,
    workspace: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    workspace: String,
    digest: String,
}

impl Consent {
    /// That to the hooks of `workspace`, below the state directory.
    pub(crate) fn to_hooks(state: &Path, workspace: &Path) -> Self {
        Self::of(state, workspace, "hooks")
    }

    /// That to the rules of `workspace` which set how much is asked, below the state directory.
    pub fn to_rules(state: &Path, workspace: &Path) -> Self {
        Self::of(state, workspace, "rules")
    }

    fn of(state: &Path, workspace: &Path, what: &str) -> Self {
        let workspace = workspace.to_string_lossy().into_owned();
        let name = hex(&Sha256::digest(workspace.as_bytes()));
        Self { path: state.join("projects").join(format!("{name}.{what}.json")), workspace }
    }

    /// Whether the person said yes to exactly this. A file that cannot be read says no.
    pub fn covers(&self, digest: &str) -> bool {
        let stored = regular_file::read(&self.path).ok();
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        stored.is_some_and(|stored| stored.workspace == self.workspace && stored.digest == digest)
    }

    /// Keeps a yes; the one before it no longer counts.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn give(&self, digest: &str) -> Result<(), StoreError> {
        private_directories(self.path.parent().unwrap_or(Path::new(".")))?;
        let stored = Stored { workspace: self.workspace.clone(), digest: digest.to_owned() };
        let write = |file: &mut dyn io::Write| {
            serde_json::to_writer_pretty(&mut *file, &stored)?;
            file.write_all(b"\n")
        };
        files::replace(&self.path, write).map_err(StoreError::io("save", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_to_one_digest_in_one_workspace() {
        let state = tempfile::tempdir().unwrap();
        let here = Consent::to_hooks(state.path(), Path::new("/w/a"));
        assert!(!here.covers("1"));
        here.give("1").unwrap();
        assert!(here.covers("1") && !here.covers("2"));
        assert!(!Consent::to_hooks(state.path(), Path::new("/w/b")).covers("1"));
        assert!(!Consent::to_rules(state.path(), Path::new("/w/a")).covers("1"), "a yes is to one kind");
        here.give("2").unwrap();
        assert!(!here.covers("1") && here.covers("2"));
        std::fs::write(&here.path, "{").unwrap();
        assert!(!here.covers("2"));
    }
}
