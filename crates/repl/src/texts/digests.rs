//! The digest by which a text is known.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// SHA-256 of the bytes, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut digits, byte| {
        // Writing into a text does not fail.
        write!(digits, "{byte:02x}").unwrap_or_default();
        digits
    })
}
