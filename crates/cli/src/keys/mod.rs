//! Keys of vendors: the vendor's environment variable, then a private file where one had to be made, then the keyring of
//! the system. A key is never printed and never reaches a record.

mod credentials;
mod keyring;
mod prompt;
mod store;

pub(crate) use prompt::read_key;
pub(crate) use store::{KeyStore, Removed, Stored};
