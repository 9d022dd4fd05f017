//! Keys of vendors: the vendor's environment variable, then the keyring of the system, then a private file. A key is
//! never printed and never reaches a record.

mod credentials;
mod keyring;
mod prompt;

pub(crate) use credentials::Credentials;
pub(crate) use prompt::read_key;

use anyhow::Result;
use headwater_providers::Key;

use crate::paths::Paths;

/// Where a key was found or put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The environment variable of this name.
    Environment(String),
    /// The keyring of the system.
    Keyring,
    /// The private file.
    File(std::path::PathBuf),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Keyring => f.write_str("the keyring of the system"),
            Self::File(path) => write!(f, "{} (readable by you only)", path.display()),
        }
    }
}

/// The places where keys lie.
#[derive(Clone, Debug)]
pub(crate) struct KeyStore {
    file: Credentials,
    has_keyring: bool,
}

impl KeyStore {
    /// The places of this user. Where `HEADWATER_HOME` seals everything into one directory the keyring is left alone.
    pub(crate) fn new(paths: &Paths) -> Self {
        Self {
            file: Credentials::new(&paths.state),
            has_keyring: !paths.is_sealed && keyring::is_reachable(),
        }
    }

    /// The key of a vendor, and where it was found; `variable` is the one that holds it in the environment.
    pub(crate) fn find(&self, vendor: &str, variable: &str) -> Result<Option<(Key, Place)>> {
        if let Some(found) = from_environment(variable) {
            return Ok(Some(found));
        }
        if self.has_keyring
            && let Some(key) = keyring::get(vendor)
        {
            return Ok(Some((key, Place::Keyring)));
        }
        Ok(self.file.get(vendor)?.map(|key| (key, Place::File(self.file.path().to_owned()))))
    }

    /// Stores a key in the best place there is, and says where.
    pub(crate) fn store(&self, vendor: &str, key: &Key) -> Result<Place> {
        if self.has_keyring && keyring::set(vendor, key) {
            self.file.remove(vendor)?;
            return Ok(Place::Keyring);
        }
        self.file.set(vendor, key)?;
        Ok(Place::File(self.file.path().to_owned()))
    }

    /// Removes a key from every place that is ours, and says from which.
    pub(crate) fn remove(&self, vendor: &str) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        if self.has_keyring && keyring::remove(vendor) {
            places.push(Place::Keyring);
        }
        if self.file.remove(vendor)? {
            places.push(Place::File(self.file.path().to_owned()));
        }
        Ok(places)
    }
}

fn from_environment(variable: &str) -> Option<(Key, Place)> {
    let key = Key::new(&std::env::var(variable).ok()?);
    (!key.is_empty()).then(|| (key, Place::Environment(variable.to_owned())))
}
