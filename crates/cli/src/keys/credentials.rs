//! The private file of keys (0600), for machines without a keyring.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use headwater_engine::regular_file;
use headwater_providers::Key;

use crate::paths::make_private;
use crate::trust::write_private;

/// The file `credentials.toml` in the state directory: vendor = key.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    path: PathBuf,
}

impl Credentials {
    /// The file below the state directory, made when the first key is stored.
    pub(crate) fn new(state: &Path) -> Self {
        Self { path: state.join("credentials.toml") }
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The key of a vendor.
    pub(crate) fn get(&self, vendor: &str) -> Result<Option<Key>> {
        Ok(self.read()?.get(vendor).map(|key| Key::new(key)).filter(|key| !key.is_empty()))
    }

    /// All keys, by vendor.
    pub(crate) fn all(&self) -> Result<Vec<(String, Key)>> {
        Ok(self.read()?.into_iter().map(|(vendor, key)| (vendor, Key::new(&key))).collect())
    }

    /// Stores the key of a vendor.
    pub(crate) fn set(&self, vendor: &str, key: &Key) -> Result<()> {
        let mut keys = self.read()?;
        keys.insert(vendor.to_owned(), key.expose().to_owned());
        self.write(&keys)
    }

    /// Removes the key of a vendor; whether there was one.
    pub(crate) fn remove(&self, vendor: &str) -> Result<bool> {
        let mut keys = self.read()?;
        if keys.remove(vendor).is_none() {
            return Ok(false);
        }
        self.write(&keys).map(|()| true)
    }

    fn read(&self) -> Result<BTreeMap<String, String>> {
        match regular_file::read_to_string(&self.path) {
            // The parser's own message would quote the line, and with it a key.
            Ok(text) => toml::from_str(&text).map_err(|_| {
                anyhow::anyhow!("{} is damaged; remove it and log in again", self.path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.path.display())),
        }
    }

    fn write(&self, keys: &BTreeMap<String, String>) -> Result<()> {
        if let Some(directory) = self.path.parent() {
            make_private(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        }
        write_private(&self.path, &toml::to_string(keys)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_come_back_and_only_their_owner_can_read_them() {
        let state = tempfile::tempdir().unwrap();
        let file = Credentials::new(&state.path().join("state"));
        assert_eq!(file.get("openai").unwrap(), None);
        file.set("openai", &Key::new("sk-1\n")).unwrap();
        file.set("deepseek", &Key::new("sk-2")).unwrap();
        assert_eq!(file.get("openai").unwrap(), Some(Key::new("sk-1")));
        assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(file.remove("openai").unwrap() && !file.remove("openai").unwrap());
        assert_eq!(file.get("deepseek").unwrap(), Some(Key::new("sk-2")));
    }

    #[test]
    fn a_damaged_file_never_shows_a_key() {
        let state = tempfile::tempdir().unwrap();
        let file = Credentials::new(state.path());
        std::fs::write(file.path(), "openai = sk-secret").unwrap();
        assert!(!format!("{:#}", file.get("openai").unwrap_err()).contains("sk-secret"));
    }
}
