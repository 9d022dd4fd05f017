//! The scripts that a hook of a project names: what the person said yes to is what runs, and nothing that was written
//! into its place afterwards.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use ignore::{DirEntry, WalkBuilder};
use sha2::{Digest as _, Sha256};

use super::process::places;
use crate::regular_file;

/// Programs that run the file that is named next.
const READERS: &[&str] = &[
    ".", "source", "sh", "bash", "dash", "zsh", "fish", "python", "python3", "node", "deno", "bun", "tsx",
    "ruby", "perl", "php", "lua", "make", "just",
];
/// How files of code are named.
const KINDS: &[&str] = &[
    "sh", "bash", "zsh", "fish", "py", "js", "mjs", "cjs", "ts", "mts", "rb", "pl", "php", "lua", "awk",
    "jq", "sed", "ps1",
];

/// The most files of a plugin that are looked at.
const MOST_FILES: usize = 5_000;

/// The digests of the files of the project that a command names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seal {
    files: Vec<(PathBuf, String)>,
}

impl Seal {
    /// Of a command, with the files as they are now.
    pub(super) fn of(script: &str, workspace: &Path, root: &Path) -> Self {
        let mut script = script.to_owned();
        for (name, place) in places(workspace, root) {
            script = script.replace(&format!("${{{name}}}"), &place).replace(&format!("${name}"), &place);
        }
        let words: Vec<&str> = script
            .split(|c: char| c.is_whitespace() || "\"'`;|&()<=$".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        // Where a command goes first, and what only it knows by a name (`$PWD/x`, `$(pwd)/x`).
        let bases: Vec<PathBuf> = std::iter::once(workspace.to_owned())
            .chain(words.iter().map(|word| workspace.join(word)).filter(|place| place.is_dir()))
            .collect();
        let before = std::iter::once("").chain(words.iter().copied());
        let mut files: Vec<(PathBuf, String)> = before
            .zip(&words)
            .flat_map(|(before, word)| {
                let behind_name = word.split_once('/').map(|(_, rest)| rest);
                let names = std::iter::once(*word).chain(behind_name.filter(|rest| !rest.is_empty()));
                names.map(move |name| (before, name))
            })
            .flat_map(|(before, name)| {
                bases.iter().filter_map(move |base| within(workspace, base, before, name))
            })
            .collect();
        files.sort();
        files.dedup();
        Self { files }
    }

    /// The same with all code below a directory: what a plugin's scripts load is part of it. What an interpreter keeps of
    /// them is not, for it is written by each run.
    pub(super) fn with_code_below(mut self, root: &Path) -> Self {
        let walk = WalkBuilder::new(root)
            .standard_filters(false)
            .sort_by_file_path(Path::cmp)
            .filter_entry(|entry| entry.file_name() != "__pycache__")
            .build();
        let files = walk.filter_map(Result::ok).map(DirEntry::into_path).filter(|path| path.is_file());
        let code = files.take(MOST_FILES).filter_map(|path| {
            let bytes = regular_file::read(&path).ok()?;
            let is_code = is_code(&path) || bytes.starts_with(b"#!");
            is_code.then(|| (path, hex(&Sha256::digest(bytes))))
        });
        self.files.extend(code);
        self.files.sort();
        self.files.dedup();
        self
    }

    /// What it adds to a digest.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> =
            self.files.iter().map(|(path, digest)| format!("{}\0{digest}", path.display())).collect();
        lines.join("\0")
    }
}

/// The digests of the scripts of the project that a command names: what a yes to the command is bound to.
pub fn script_digests(command: &str, workspace: &Path) -> String {
    Seal::of(command, workspace, workspace).text()
}

/// A script of the project, and its digest. What a command writes is no script: it would be another one after each run.
fn within(workspace: &Path, base: &Path, before: &str, word: &str) -> Option<(PathBuf, String)> {
    if before.ends_with('>') || word.contains('>') {
        return None;
    }
    let path = base.join(word).canonicalize().ok()?;
    let is_own = path.starts_with(workspace.canonicalize().ok()?);
    let bytes = regular_file::read(&path).ok().filter(|_| is_own)?;
    let runs = READERS.contains(&before) || is_code(&path) || bytes.starts_with(b"#!");
    runs.then(|| (path, hex(&Sha256::digest(bytes))))
}

/// Whether a file is run by itself, or is named like one that some program runs.
fn is_code(path: &Path) -> bool {
    let is_executable = path.metadata().is_ok_and(|found| found.permissions().mode() & 0o111 != 0);
    let kind = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    is_executable || KINDS.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_that_a_command_names_are_sealed() {
        let work = tempfile::tempdir().unwrap();
        let root = work.path().join(".claude");
        std::fs::create_dir_all(root.join("hooks")).unwrap();
        std::fs::write(root.join("hooks/a.py"), "1").unwrap();
        std::fs::write(work.path().join("b.sh"), "1").unwrap();
        let commands = [
            "python3 \"$CLAUDE_PROJECT_DIR/.claude/hooks/a.py\" --x",
            "python3 ${CLAUDE_PLUGIN_ROOT}/hooks/a.py",
            "cd sub && bash -c 'python3 .claude/hooks/a.py'",
            "\"$PWD/.claude/hooks/a.py\"",
            "bash \"$(git rev-parse --show-toplevel)/.claude/hooks/a.py\"",
            "cd .claude/hooks && ./a.py",
            "(cd \"$CLAUDE_PROJECT_DIR/.claude\"; python3 hooks/a.py)",
        ];
        for command in commands {
            std::fs::write(root.join("hooks/a.py"), "1").unwrap();
            let before = Seal::of(command, work.path(), &root);
            assert_eq!(before.files.len(), 1, "{command}");
            std::fs::write(root.join("hooks/a.py"), "2").unwrap();
            assert_ne!(Seal::of(command, work.path(), &root), before, "{command}");
        }
        std::fs::write(work.path().join("log"), "1").unwrap();
        for command in ["cat /etc/passwd; ls .", "date >>log", "date >> log", "tee log", "cat > b.sh"] {
            assert_eq!(Seal::of(command, work.path(), &root), Seal::default(), "{command}");
        }
        assert_ne!(Seal::of("sh log", work.path(), &root), Seal::default());
    }
}
