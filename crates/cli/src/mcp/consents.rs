//! The person's yes to the servers that a project brings: kept in the state directory, outside the agent's reach, each
//! with the digest of what was shown, so that what changes asks again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use headwater_engine::regular_file;
use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::paths::make_private;
use crate::trust::write_private;

/// Where the answers for one workspace are kept.
#[derive(Clone, Debug)]
pub(crate) struct Consents {
    path: PathBuf,
    workspace: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    workspace: String,
    servers: BTreeMap<String, String>,
}

impl Consents {
    /// Those of `workspace`, below the state directory.
    pub(crate) fn of(state: &Path, workspace: &Path) -> Self {
        let workspace = workspace.to_string_lossy().into_owned();
        let name = hex(&Sha256::digest(workspace.as_bytes()));
        Self { path: state.join("projects").join(format!("{name}.mcp.json")), workspace }
    }

    /// Whether the person said yes to exactly this server. A file that cannot be read says no.
    pub(crate) fn covers(&self, name: &str, digest: &str) -> bool {
        self.read().servers.get(name).is_some_and(|stored| stored == digest)
    }

    /// Keeps a yes; the one before it to this server no longer counts.
    pub(crate) fn give(&self, name: &str, digest: &str) -> Result<()> {
        let mut stored = self.read();
        stored.servers.insert(name.to_owned(), digest.to_owned());
        let directory = self.path.parent().unwrap_or(Path::new("."));
        make_private(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        write_private(&self.path, &(serde_json::to_string_pretty(&stored)? + "\n"))
    }

    fn read(&self) -> Stored {
        let empty = || Stored { workspace: self.workspace.clone(), ..Stored::default() };
        let stored = regular_file::read(&self.path).ok();
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        stored.filter(|stored| stored.workspace == self.workspace).unwrap_or_else(empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_yes_is_to_one_server_as_it_was_in_one_workspace() {
        let state = tempfile::tempdir().unwrap();
        let here = Consents::of(state.path(), Path::new("/w/a"));
        assert!(!here.covers("x", "1"));
        here.give("x", "1").unwrap();
        here.give("y", "2").unwrap();
        assert!(here.covers("x", "1") && here.covers("y", "2"));
        assert!(!here.covers("x", "2") && !here.covers("z", "1"));
        assert!(!Consents::of(state.path(), Path::new("/w/b")).covers("x", "1"));
        here.give("x", "3").unwrap();
        assert!(!here.covers("x", "1") && here.covers("x", "3") && here.covers("y", "2"));
        std::fs::write(&here.path, "{").unwrap();
        assert!(!here.covers("x", "3"));
    }
}
