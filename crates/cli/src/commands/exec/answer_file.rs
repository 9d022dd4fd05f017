//! The file that also gets the answer (`-o`).

use std::path::Path;

use anyhow::Result;

use crate::user_error::UserError;

/// An answer that has nowhere to go is said before the work is done, not after it.
pub(super) fn check(path: &Path) -> Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if directory.is_dir() && !path.is_dir() {
        return Ok(());
    }
    let error = UserError::usage(format!("-o {} cannot be written", path.display()));
    Err(error.hint("Name a file in a directory that exists.").into())
}
