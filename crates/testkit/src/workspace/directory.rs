//! The directory: files in, files out, git, and the sealed environment of programs that run in it.

use super::{Finished, spawn};
use crate::DEADLINE;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A temporary directory to work in, with a sealed home beside it. Both are removed when it is dropped.
#[derive(Debug)]
pub struct Workspace {
    root: TempDir,
    home: TempDir,
    binary: Option<PathBuf>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    /// An empty workspace, whose binary is named by `HEADWATER_BIN` if any.
    pub fn new() -> Self {
        Self {
            root: temporary("headwater-work-"),
            home: temporary("headwater-home-"),
            binary: std::env::var_os("HEADWATER_BIN").map(PathBuf::from),
        }
    }

    /// An empty workspace whose [`command`](Self::command) is this program: `env!("CARGO_BIN_EXE_headwater")`.
    pub fn for_binary(path: impl Into<PathBuf>) -> Self {
        Self { binary: Some(path.into()), ..Self::new() }
    }

    /// The directory to work in; symbolic links in its path are resolved.
    pub fn path(&self) -> PathBuf {
        self.root.path().canonicalize().expect("the workspace exists")
    }

    /// The sealed `HOME`; `HEADWATER_HOME` is [`headwater_home`](Self::headwater_home) in it.
    pub fn home(&self) -> PathBuf {
        self.home.path().canonicalize().expect("the home exists")
    }

    /// The sealed `HEADWATER_HOME`, which the program makes when it first needs it.
    pub fn headwater_home(&self) -> PathBuf {
        self.home().join("headwater")
    }

    /// Writes a file below the workspace, with the directories it needs.
    #[track_caller]
    pub fn file(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        write(&self.path().join(path), content.as_ref());
        self
    }

    /// Writes an executable file below the workspace.
    #[track_caller]
    pub fn script(&self, path: impl AsRef<Path>, content: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path().join(path);
        write(&path, content.as_bytes());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("an executable script");
        self
    }

    /// Writes a file below the sealed `HEADWATER_HOME`, such as `config.toml`.
    #[track_caller]
    pub fn home_file(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        write(&self.headwater_home().join(path), content.as_ref());
        self
    }

    /// The text of a file below the workspace.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path().join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether a path below the workspace exists.
    pub fn has(&self, path: impl AsRef<Path>) -> bool {
        self.path().join(path).exists()
    }

    /// Makes a repository with everything that is there as its first commit.
    #[track_caller]
    pub fn git(&self) -> &Self {
        self.run_git(["init", "--quiet", "--initial-branch=main"]);
        self.run_git(["config", "user.name", "A Person"]);
        self.run_git(["config", "user.email", "person@example.invalid"]);
        self.run_git(["add", "--all"]);
        self.run_git(["commit", "--quiet", "--allow-empty", "--message=start"]);
        self
    }

    /// Runs git in the workspace, free of any configuration outside it, and returns what it printed.
    #[track_caller]
    pub fn run_git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let mut command = self.sealed("git");
        command.env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        let output = command.output().expect("git runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?} failed: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The program under test, sealed: nothing of this process's environment but `PATH`, no keys, its own homes, the
    /// workspace as its directory.
    #[track_caller]
    pub fn command(&self) -> Command {
        let binary = self.binary.as_ref();
        self.sealed(
            binary.expect("Workspace::for_binary(env!(\"CARGO_BIN_EXE_headwater\")), or HEADWATER_BIN"),
        )
    }

    /// Runs the program under test with these arguments to its end, with an empty standard input.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Finished {
        spawn(self.command().args(arguments)).finish(DEADLINE)
    }

    /// Any program, sealed in the same way.
    pub fn sealed(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.env("HOME", self.home()).env("HEADWATER_HOME", self.headwater_home());
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        command
    }
}

fn temporary(prefix: &str) -> TempDir {
    tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary directory")
}

#[track_caller]
fn write(path: &Path, content: &[u8]) {
    let directory = path.parent().expect("a file has a directory");
    std::fs::create_dir_all(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    std::fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
