//! The secrets of the workspace that a command must not find in passing: `.env` and its like, but for those which the
//! command was let read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_protocol::secret_files::is_environment_file;
use ignore::WalkBuilder;

/// How deep below the workspace they are looked for.
const DEPTH: usize = 4;
/// Entries that are looked at; beyond them a workspace is too large to be walked before each command.
const MOST_ENTRIES: usize = 5_000;
/// Directories of what was fetched or built.
const PASSED_OVER: &[&str] = &[".git", "node_modules", "target", ".venv", "vendor", "dist"];

/// The files with secrets of programs near the root of `workspace`, as absolute paths.
pub(crate) fn found(workspace: &Path) -> Vec<PathBuf> {
    let mut walk = WalkBuilder::new(workspace);
    walk.standard_filters(false).max_depth(Some(DEPTH)).follow_links(false);
    walk.filter_entry(|entry| {
        entry.depth() == 0 || !PASSED_OVER.iter().any(|name| entry.file_name() == *name)
    });
    let entries = walk.build().take(MOST_ENTRIES).filter_map(Result::ok);
    let secret = entries.filter(|entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_directory && is_environment_file(&entry.file_name().to_string_lossy())
    });
    secret.map(ignore::DirEntry::into_path).collect()
}

/// No file at all.
pub(crate) fn none() -> Arc<[PathBuf]> {
    Arc::from([])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_secrets_are_found_where_no_list_of_ignored_files_hides_them() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        for path in [".env", "api/.env.local", "api/.env.example", "node_modules/x/.env", "src/env.rs"] {
            std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            std::fs::write(at(path), "KEY=1\n").unwrap();
        }
        std::fs::write(at(".gitignore"), ".env*\n").unwrap();
        let mut names = found(workspace.path());
        names.sort();
        assert_eq!(names, [at(".env"), at("api/.env.local")]);
    }
}
