//! The keyring of the system. What goes wrong there is no error here: the private file is the next place.

use headwater_providers::Key;
use keyring::Entry;

/// Under which name our keys lie in the keyring.
const SERVICE: &str = "headwater";

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

pub(super) fn get(vendor: &str) -> Option<Key> {
    let key = Key::new(&entry(vendor)?.get_password().ok()?);
    (!key.is_empty()).then_some(key)
}

/// Stores a key and reads it back: whether it is really there.
pub(super) fn set(vendor: &str, key: &Key) -> bool {
    let stored = entry(vendor).is_some_and(|entry| entry.set_password(key.expose()).is_ok());
    stored && get(vendor).as_ref() == Some(key)
}

/// Removes a key; whether there was one.
pub(super) fn remove(vendor: &str) -> bool {
    entry(vendor).is_some_and(|entry| entry.delete_credential().is_ok())
}

fn entry(vendor: &str) -> Option<Entry> {
    match Entry::new(SERVICE, vendor) {
        Ok(entry) => Some(entry),
        Err(error) => {
            tracing::debug!(%error, "the keyring cannot be used");
            None
        }
    }
}
