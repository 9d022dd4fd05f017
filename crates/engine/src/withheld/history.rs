//! Which withheld files the repository tracks: its history shows them, whatever hides them in the work tree.

use std::path::{Path, PathBuf};

use headwater_policy::Withholding;

use crate::mission::git;

/// The withheld files in the index of the repository around `workspace`, as absolute paths; none where there is no git.
pub async fn tracked(withholding: &Withholding, workspace: &Path) -> Vec<PathBuf> {
    let Ok(names) = git::run(workspace, &["ls-files", "-z"]).await else { return Vec::new() };
    let names = String::from_utf8_lossy(&names);
    let files = names.split('\0').filter(|name| !name.is_empty()).map(|name| workspace.join(name));
    files.filter(|file| withholding.is_withheld(file)).collect()
}
