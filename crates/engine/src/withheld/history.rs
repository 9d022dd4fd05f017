//! Which withheld files the repository tracks: its history shows them, whatever hides them in the work tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use headwater_policy::Withholding;

use crate::mission::git;

/// The withheld files in the index and in the last commit of the repository around `workspace`, as absolute paths in order;
/// none where there is no git. What a command takes out of the index the commit still shows.
pub async fn tracked(withholding: &Withholding, workspace: &Path) -> Vec<PathBuf> {
    let index = git::run(workspace, &["ls-files", "-z"]).await.unwrap_or_default();
    // Where nothing was committed yet there is no `HEAD`.
    let commit = git::run(workspace, &["ls-tree", "-rz", "--name-only", "HEAD"]).await.unwrap_or_default();
    let names = [String::from_utf8_lossy(&index), String::from_utf8_lossy(&commit)];
    let names = names.iter().flat_map(|names| names.split('\0')).filter(|name| !name.is_empty());
    let files: BTreeSet<PathBuf> = names.map(|name| workspace.join(name)).collect();
    files.into_iter().filter(|file| withholding.is_withheld(file)).collect()
}
