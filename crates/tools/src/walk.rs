//! Walking a directory as list, glob and grep do it: ignore files respected, hidden files included, `.git` left out,
//! symlinks never followed.

use std::path::Path;

use ignore::WalkBuilder;

/// A walk from `directory`.
pub(crate) fn walker(directory: &Path) -> WalkBuilder {
    let mut builder = WalkBuilder::new(directory);
    builder
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
    builder
}

/// `path` relative to the workspace `root`, with `/` between components.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
