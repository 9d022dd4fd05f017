//! The secrets of the workspace that a command must not find in passing: `.env` and its like, but for those which the
//! command was let read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_protocol::secret_files::is_environment_file;

/// How deep below the workspace they are looked for.
const DEPTH: usize = 4;
/// Entries that are looked at; beyond them a workspace is too large to be walked before each command.
const MOST_ENTRIES: usize = 5_000;
/// Directories of what was fetched or built.
const PASSED_OVER: &[&str] = &[".git", "node_modules", "target", ".venv", "vendor", "dist"];

/// The files with secrets of programs near the root of `workspace`, as absolute paths. What lies higher is looked at first, so
/// that a large directory beside a file never hides it from the limit.
pub(crate) fn found(workspace: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), MOST_ENTRIES);
    let mut level = vec![workspace.to_owned()];
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        let entries = level.iter().filter_map(|directory| std::fs::read_dir(directory).ok()).flatten();
        for entry in entries.filter_map(Result::ok).take(left) {
            left -= 1;
            let name = entry.file_name();
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                found.extend(is_environment_file(&name.to_string_lossy()).then(|| entry.path()));
            } else if !PASSED_OVER.iter().any(|passed_over| name == *passed_over) {
                below.push(entry.path());
            }
        }
        level = below;
    }
    found
}

/// All files below a directory but those of `.git`; no link is followed.
pub(crate) fn below(directory: &Path) -> Vec<PathBuf> {
    let (mut files, mut left) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().filter_map(Result::ok) {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                files.push(entry.path());
            } else if entry.file_name() != ".git" {
                left.push(entry.path());
            }
        }
    }
    files
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

    #[test]
    fn p5_a_large_directory_hides_no_secret_beside_it() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        for name in ["a", "b"] {
            std::fs::create_dir(at(name)).unwrap();
            for file in 0..MOST_ENTRIES {
                std::fs::write(at(name).join(file.to_string()), "").unwrap();
            }
        }
        // Made last: where a directory lists its newest entry first or last, one of the two stands before it.
        let names = [".env", ".env.local", ".envrc", "prod.env"];
        for name in names {
            std::fs::write(at(name), "KEY=1\n").unwrap();
        }
        let mut found = found(workspace.path());
        found.sort();
        assert_eq!(found, names.map(at));
    }
}
