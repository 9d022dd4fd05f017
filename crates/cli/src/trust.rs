//! Which project settings the person has trusted: by directory and by content, so that a changed file asks again.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use headwater_engine::regular_file;
use sha2::{Digest as _, Sha256};

use crate::paths::make_private;

/// Where the answers are kept.
#[derive(Clone, Debug)]
pub(crate) struct TrustStore {
    file: PathBuf,
}

/// Whether a project's settings may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// There are none.
    Nothing,
    /// The person said yes to exactly these.
    Trusted(PathBuf),
    /// Nobody has said yes to these.
    Unknown(PathBuf),
}

impl TrustStore {
    /// The store below the state directory.
    pub(crate) fn new(state: &Path) -> Self {
        Self { file: state.join("trust.toml") }
    }

    /// Whether the settings of `workspace` may be used.
    pub(crate) fn of(&self, workspace: &Path) -> Result<Trust> {
        let file = project_file(workspace);
        let Some(digest) = digest_of(&file)? else { return Ok(Trust::Nothing) };
        let is_known = self.read()?.get(&name_of(workspace)) == Some(&digest);
        Ok(if is_known { Trust::Trusted(file) } else { Trust::Unknown(file) })
    }

    /// Remembers a yes to the settings of `workspace` as they are now.
    pub(crate) fn trust(&self, workspace: &Path) -> Result<()> {
        let Some(digest) = digest_of(&project_file(workspace))? else { return Ok(()) };
        let mut known = self.read()?;
        known.insert(name_of(workspace), digest);
        let directory = self.file.parent().unwrap_or(&self.file);
        make_private(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        write_private(&self.file, &toml::to_string(&known)?)
    }

    fn read(&self) -> Result<BTreeMap<String, String>> {
        match regular_file::read_to_string(&self.file) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("{} is damaged; remove it", self.file.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.file.display())),
        }
    }
}

/// The settings file of a project.
pub(crate) fn project_file(workspace: &Path) -> PathBuf {
    workspace.join(".headwater").join("config.toml")
}

/// Replaces a file with one only its owner can read (0600); a crash leaves the old one.
pub(crate) fn write_private(file: &Path, text: &str) -> Result<()> {
    let fresh = file.with_extension(format!("new-{}", std::process::id()));
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        let mut new = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&fresh, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

fn name_of(workspace: &Path) -> String {
    workspace.to_string_lossy().into_owned()
}

fn digest_of(file: &Path) -> Result<Option<String>> {
    match regular_file::read(file) {
        Ok(bytes) => Ok(Some(headwater_protocol::projection::hex(&Sha256::digest(bytes)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_holds_until_the_file_changes() {
        let (state, workspace) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = TrustStore::new(&state.path().join("deep"));
        let here = workspace.path();
        assert_eq!(store.of(here).unwrap(), Trust::Nothing);
        std::fs::create_dir(here.join(".headwater")).unwrap();
        std::fs::write(project_file(here), "model = \"a\"").unwrap();
        assert_eq!(store.of(here).unwrap(), Trust::Unknown(project_file(here)));
        store.trust(here).unwrap();
        assert_eq!(store.of(here).unwrap(), Trust::Trusted(project_file(here)));
        std::fs::write(project_file(here), "model = \"b\"").unwrap();
        assert_eq!(store.of(here).unwrap(), Trust::Unknown(project_file(here)));
    }
}
