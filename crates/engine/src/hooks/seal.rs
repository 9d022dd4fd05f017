//! The scripts that a hook of a project names: what the person said yes to is what runs, and nothing that was written
//! into its place afterwards.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use sha2::{Digest as _, Sha256};

use super::plugin_code::all_code;
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
    "jq", "sed", "ps1", "cts", "jsx", "tsx", "pm", "pyc", "pyd", "so", "dylib", "node", "wasm", "jar",
    "class",
];
/// Where Python keeps what it has compiled.
const CACHE: &str = "__pycache__";
/// How a kept file begins behind its magic number that is taken without a look at its source (PEP 552).
const UNCHECKED: [u8; 4] = [1, 0, 0, 0];

/// The digests of the files of the project that a command names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seal {
    files: Vec<(PathBuf, String)>,
    /// Why a yes cannot be to all that would run.
    gap: Option<String>,
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
        Self { files, gap: None }
    }

    /// The same with all code below a directory: what a plugin's scripts load is part of it. What an interpreter keeps of
    /// them is not, for it is written by each run; but for what is then taken whatever the source says.
    pub(super) fn with_code_below(mut self, root: &Path) -> Self {
        match all_code(root) {
            Ok(code) => self.files.extend(code),
            Err(why) => self.gap = Some(why),
        }
        self.files.sort();
        self.files.dedup();
        self
    }

    /// The same with the files that a program is given by whole words, whatever signs are in their names: code, and the
    /// first one, if the program runs what it is given.
    fn with_words(mut self, command: &[String], cwd: &Path, workspace: &Path) -> Self {
        let place = workspace.join(cwd);
        let mut is_awaited = command.first().is_some_and(|program| is_reader(program));
        let before = std::iter::once("").chain(command.iter().map(String::as_str));
        for (before, word) in before.zip(command) {
            let names = match before {
                "-m" => [".py", "/__main__.py"].map(|end| word.replace('.', "/") + end).to_vec(),
                _ => vec![word.clone()],
            };
            let files = names.iter().filter_map(|name| own_file(workspace, &place, name));
            for (path, bytes) in files {
                if is_awaited || is_code(&path) || bytes.starts_with(b"#!") {
                    self.files.push((path, hex(&Sha256::digest(bytes))));
                }
                is_awaited = false;
            }
        }
        self.files.sort();
        self.files.dedup();
        self
    }

    /// Why a yes cannot be to all that would run: nothing of it may.
    pub(super) fn gap(&self) -> Option<&str> {
        self.gap.as_deref()
    }

    /// What it adds to a digest.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> =
            self.files.iter().map(|(path, digest)| format!("{}\0{digest}", path.display())).collect();
        lines.join("\0")
    }
}

/// The digests of the files of the project that a program is started with, in `cwd`: what a yes to it is bound to. Its
/// words are taken as they are, and as a shell would take them apart, for one of them may be a script.
pub fn program_digests(command: &[String], cwd: &Path, workspace: &Path) -> String {
    let script = format!("{} {}", cwd.display(), command.join(" "));
    Seal::of(&script, workspace, workspace).with_words(command, cwd, workspace).text()
}

/// A script of the project, and its digest. What a command writes is no script: it would be another one after each run.
fn within(workspace: &Path, base: &Path, before: &str, word: &str) -> Option<(PathBuf, String)> {
    if before.ends_with('>') || word.contains('>') {
        return None;
    }
    let (path, bytes) = own_file(workspace, base, word)?;
    let runs = READERS.contains(&before) || is_code(&path) || bytes.starts_with(b"#!");
    runs.then(|| (path, hex(&Sha256::digest(bytes))))
}

/// A file of the project, by its real path, and what it holds.
fn own_file(workspace: &Path, base: &Path, name: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = base.join(name).canonicalize().ok()?;
    let is_own = path.starts_with(workspace.canonicalize().ok()?);
    let bytes = regular_file::read(&path).ok().filter(|_| is_own)?;
    Some((path, bytes))
}

/// Whether a program, which may bear its version, runs the file that it is given.
fn is_reader(program: &str) -> bool {
    let name = Path::new(program).file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    READERS.contains(&name) || READERS.contains(&plain)
}

/// Whether a file is what Python keeps of a source, and holds only as long as that is the same.
pub(super) fn is_kept(path: &Path, bytes: &[u8]) -> bool {
    let is_cached = path.parent().is_some_and(|directory| directory.ends_with(CACHE));
    is_cached && path.extension().is_some_and(|kind| kind == "pyc") && bytes.get(4..8) != Some(&UNCHECKED)
}

/// Whether a file is run by itself, or is named like one that some program runs.
pub(super) fn is_code(path: &Path) -> bool {
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

    #[test]
    fn b7_what_a_plugin_loads_in_compiled_form_is_sealed_and_what_an_interpreter_keeps_is_not() {
        let work = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = work.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("lib.py", b"1");
        let seal = || Seal::default().with_code_below(work.path());
        let before = seal();
        write("__pycache__/lib.cpython-311.pyc", b"\xa7\r\r\n\0\0\0\0kept");
        write("notes.txt", b"no code");
        assert_eq!(seal(), before);
        for (name, bytes) in [
            ("__pycache__/lib.cpython-312.pyc", b"\xa7\r\r\n\x01\0\0\0any".as_slice()),
            ("json.pyc", b"x"),
            ("__pycache__/own.py", b"x"),
            ("deep/fast.so", b"x"),
        ] {
            let before = seal();
            write(name, bytes);
            assert_ne!(seal(), before, "{name}");
        }
    }

    #[test]
    fn s7_what_a_program_is_given_is_sealed_whatever_its_name() {
        let work = tempfile::tempdir().unwrap();
        let cases: [(&[&str], &str, &str); 9] = [
            (&["python3", "my tool/a(b).py"], ".", "my tool/a(b).py"),
            (&["python3", "a.py"], "my tool", "my tool/a.py"),
            (&["/usr/bin/python3.12", "-u", "server"], ".", "server"),
            (&["python3", "-m", "pack.server"], ".", "pack/server.py"),
            (&["python3", "-m", "pack"], ".", "pack/__main__.py"),
            (&["node", "--import", "./it's.mjs"], "sub", "sub/it's.mjs"),
            (&["sh", "-c", "exec python3 'b.py'"], ".", "b.py"),
            (&["env", "-S", "python3 c.py"], ".", "c.py"),
            (&["./d e.sh"], ".", "d e.sh"),
        ];
        for (command, cwd, name) in cases {
            let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
            let seal = || program_digests(&command, Path::new(cwd), work.path());
            let file = work.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "1").unwrap();
            let before = seal();
            std::fs::write(&file, "2").unwrap();
            assert_ne!(seal(), before, "{command:?}");
        }
        std::fs::write(work.path().join("data.db"), "1").unwrap();
        for command in [["sqlite-server", "data.db"], ["cat", "/etc/hostname"]] {
            assert_eq!(program_digests(&command.map(str::to_owned), Path::new("."), work.path()), "");
        }
    }
}
