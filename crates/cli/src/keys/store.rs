//! The places where keys lie, in the order in which they are asked.

use anyhow::Result;
use headwater_providers::Key;

use super::credentials::Credentials;
use super::keyring::{self, Locked};
use crate::paths::Paths;
use crate::user_error::UserError;

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

    /// The key of a vendor, and where it was found; `variable` is the one that holds it in the environment. The file
    /// goes before the keyring: it only holds what the keyring refused, so of two keys it has the newer one.
    pub(crate) fn find(&self, vendor: &str, variable: &str) -> Result<Option<(Key, Place)>> {
        if let Some(found) = from_environment(variable) {
            return Ok(Some(found));
        }
        if let Some(key) = self.file.get(vendor)? {
            return Ok(Some((key, Place::File(self.file.path().to_owned()))));
        }
        if !self.has_keyring {
            return Ok(None);
        }
        let in_keyring =
            keyring::get(vendor).map_err(|Locked| locked(vendor).hint(format!("Or set {variable}.")))?;
        Ok(in_keyring.map(|key| (key, Place::Keyring)))
    }

    /// The keys in the private file, by vendor; the keyring is only asked for the one that is used. A file that cannot be
    /// read has none to give.
    pub(crate) fn stored(&self) -> Vec<(String, Key)> {
        self.file.all().unwrap_or_default()
    }

    /// Stores a key in the best place there is, and says where.
    pub(crate) fn store(&self, vendor: &str, key: &Key) -> Result<Stored> {
        let in_keyring = if self.has_keyring { keyring::set(vendor, key) } else { Ok(false) };
        if matches!(in_keyring, Ok(true)) {
            self.file.remove(vendor)?;
            return Ok(Stored { place: Place::Keyring, why_file: None });
        }
        self.file.set(vendor, key)?;
        let why =
            if in_keyring.is_err() { "the keyring of the system is locked" } else { "no keyring is here" };
        Ok(Stored { place: Place::File(self.file.path().to_owned()), why_file: Some(why) })
    }

    /// Removes a key from every place that is ours, and says from which.
    pub(crate) fn remove(&self, vendor: &str) -> Result<Removed> {
        let mut removed = Removed::default();
        if self.file.remove(vendor)? {
            removed.places.push(Place::File(self.file.path().to_owned()));
        }
        match if self.has_keyring { keyring::remove(vendor) } else { Ok(false) } {
            Ok(true) => removed.places.push(Place::Keyring),
            Ok(false) => {}
            Err(Locked) => removed.left = Some(locked(vendor)),
        }
        Ok(removed)
    }
}

/// Where a key was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The place.
    pub place: Place,
    /// Why it is the file.
    pub why_file: Option<&'static str>,
}

/// From where a key was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// The places.
    pub places: Vec<Place>,
    /// Why there is still one.
    pub left: Option<UserError>,
}

fn locked(vendor: &str) -> UserError {
    let message = format!("a key of {vendor} lies in the keyring of the system, which is locked");
    UserError::provider(message).hint("Unlock the keyring, then try again.")
}

fn from_environment(variable: &str) -> Option<(Key, Place)> {
    let key = Key::new(&std::env::var(variable).ok()?);
    (!key.is_empty()).then(|| (key, Place::Environment(variable.to_owned())))
}
