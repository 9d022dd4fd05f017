//! The keyring of the system. One that is not there is no error: the private file is the next place.

use headwater_providers::Key;
use keyring::{Entry, Error};

/// Under which name our keys lie in the keyring.
const SERVICE: &str = "headwater";

/// The keyring is there and did not let us in: it is locked, and nobody unlocked it when it asked.
#[derive(Debug)]
pub(super) struct Locked;

/// Whether asking makes sense: on Linux the keyring is behind the session bus, and without one each question would
/// wait for nothing.
pub(super) fn is_reachable() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DBUS_SESSION_BUS_ADDRESS")
        || std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|directory| std::path::Path::new(&directory).join("bus").exists())
}

/// The key of a vendor. It is locked only if there is one.
pub(super) fn get(vendor: &str) -> Result<Option<Key>, Locked> {
    let password = ask(vendor, Entry::get_password)?;
    Ok(password.map(|password| Key::new(&password)).filter(|key| !key.is_empty()))
}

/// Stores a key and reads it back: whether it is really there.
pub(super) fn set(vendor: &str, key: &Key) -> Result<bool, Locked> {
    let is_stored = ask(vendor, |entry| entry.set_password(key.expose()))?.is_some();
    Ok(is_stored && get(vendor)?.as_ref() == Some(key))
}

/// Removes a key; whether there was one.
pub(super) fn remove(vendor: &str) -> Result<bool, Locked> {
    Ok(ask(vendor, Entry::delete_credential)?.is_some())
}

/// Nothing where there is no such key, or no keyring.
fn ask<T>(vendor: &str, question: impl FnOnce(&Entry) -> keyring::Result<T>) -> Result<Option<T>, Locked> {
    match Entry::new(SERVICE, vendor).and_then(|entry| question(&entry)) {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::NoEntry) => Ok(None),
        Err(Error::NoStorageAccess(error)) => {
            tracing::debug!(%error, "the keyring is locked");
            Err(Locked)
        }
        Err(error) => {
            tracing::debug!(%error, "the keyring cannot be used");
            Ok(None)
        }
    }
}
