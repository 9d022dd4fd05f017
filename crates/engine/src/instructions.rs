//! Reading the project's instructions and what the header says of the place, once, when a session begins.

use std::path::{Path, PathBuf};

use headwater_context::{Instruction, Surroundings};

use crate::{clock, regular_file};

/// The file names of instructions, the first that exists in a directory counts.
const NAMES: [&str; 2] = ["AGENTS.md", "CLAUDE.md"];

/// The instruction files from the repository's root down to the workspace, and a warning for each that is passed over.
pub(crate) fn read(workspace: &Path) -> (Vec<Instruction>, Vec<String>) {
    let root = repository_root(workspace).unwrap_or_else(|| workspace.to_owned());
    let mut directories: Vec<&Path> =
        workspace.ancestors().take_while(|above| above.starts_with(&root)).collect();
    directories.reverse();
    let mut warnings = Vec::new();
    let found =
        directories.into_iter().filter_map(|directory| instruction_in(directory, &root, &mut warnings));
    (found.collect(), warnings)
}

fn instruction_in(directory: &Path, root: &Path, warnings: &mut Vec<String>) -> Option<Instruction> {
    NAMES.iter().find_map(|name| {
        let path = directory.join(name);
        let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // A pipe would be waited on for ever, and a link of the repository may name any file of the person's.
        let target = path.canonicalize().ok()?;
        if !target.is_file() || !root.canonicalize().is_ok_and(|root| target.starts_with(root)) {
            warnings.push(format!("{shown} is not read: it is no file of this repository."));
            return None;
        }
        let text = std::fs::read(&target).ok()?;
        Some(Instruction { path: shown, text: String::from_utf8_lossy(&text).into_owned() })
    })
}

/// What the header says of the place and the day.
pub(crate) fn surroundings(workspace: &Path, now: headwater_protocol::Timestamp) -> Surroundings {
    Surroundings {
        workspace: workspace.to_string_lossy().into_owned(),
        platform: std::env::consts::OS.to_owned(),
        date: clock::day(now),
        branch: branch(workspace),
    }
}

fn repository_root(workspace: &Path) -> Option<PathBuf> {
    workspace.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

/// The branch, read from `HEAD` as git writes it; in a worktree or a submodule `.git` is a file that names the
/// directory, from where it lies.
fn branch(workspace: &Path) -> Option<String> {
    let root = repository_root(workspace)?;
    let dot_git = root.join(".git");
    let directory = match regular_file::read_to_string(&dot_git) {
        Ok(pointer) => root.join(pointer.strip_prefix("gitdir:")?.trim()),
        Err(_) => dot_git,
    };
    let head = regular_file::read_to_string(&directory.join("HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_instructions_come_last_and_the_root_is_the_repository() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::write(root.join("AGENTS.md"), "outside").unwrap();
        let repository = root.join("repo");
        std::fs::create_dir_all(repository.join(".git")).unwrap();
        std::fs::create_dir_all(repository.join("a/b")).unwrap();
        std::fs::write(repository.join(".git/HEAD"), "ref: refs/heads/feature/x\n").unwrap();
        std::fs::write(repository.join("AGENTS.md"), "root").unwrap();
        std::fs::write(repository.join("CLAUDE.md"), "not read").unwrap();
        std::fs::write(repository.join("a/CLAUDE.md"), "near").unwrap();
        let (files, warnings) = read(&repository.join("a/b"));
        let read: Vec<_> = files.into_iter().map(|file| (file.path, file.text)).collect();
        let expected = [("AGENTS.md", "root"), ("a/CLAUDE.md", "near")];
        assert_eq!(read, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(branch(&repository).as_deref(), Some("feature/x"));
    }

    #[test]
    fn instructions_that_are_no_file_of_the_repository_are_told_and_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("repo");
        for sub in [".git", "pipe", "within"] {
            std::fs::create_dir_all(root.join(sub)).unwrap();
        }
        std::fs::write(directory.path().join("secret"), "a key").unwrap();
        std::fs::write(root.join("shared.md"), "use tabs").unwrap();
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(from, root.join(to)).unwrap();
        link("../secret", "AGENTS.md");
        link("../shared.md", "within/CLAUDE.md");
        let pipe = std::process::Command::new("mkfifo").arg(root.join("pipe/AGENTS.md")).status().unwrap();
        assert!(pipe.success());
        let texts = |place: &str| -> Vec<String> {
            read(&root.join(place)).0.into_iter().map(|file| file.text).collect()
        };
        assert_eq!(texts("within"), ["use tabs"], "a link within the repository is followed");
        assert_eq!(texts("pipe"), Vec::<String>::new());
        let warnings = read(&root.join("pipe")).1;
        assert_eq!(warnings.len(), 2);
        assert!(warnings.iter().all(|text| text.contains("AGENTS.md is not read")), "{warnings:?}");
    }

    #[test]
    fn a_pipe_for_a_head_is_never_waited_on() {
        let directory = tempfile::tempdir().unwrap();
        let git = directory.path().join(".git");
        std::fs::create_dir(&git).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(git.join("HEAD")).status().unwrap().success());
        assert_eq!(branch(directory.path()), None);
    }

    #[test]
    fn the_branch_of_a_submodule_is_found_from_where_its_pointer_lies() {
        let directory = tempfile::tempdir().unwrap();
        let submodule = directory.path().join("library");
        let git = directory.path().join(".git/modules/library");
        std::fs::create_dir_all(&git).unwrap();
        std::fs::create_dir_all(submodule.join("src")).unwrap();
        std::fs::write(git.join("HEAD"), "ref: refs/heads/side\n").unwrap();
        for pointer in ["../.git/modules/library", &git.to_string_lossy()] {
            std::fs::write(submodule.join(".git"), format!("gitdir: {pointer}\n")).unwrap();
            assert_eq!(branch(&submodule.join("src")).as_deref(), Some("side"));
        }
    }
}
