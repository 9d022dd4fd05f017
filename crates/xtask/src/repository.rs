//! The repository as the rules see it: the paths git knows, and the Rust files among them.

use crate::SourceFile;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of the repository, once read.
#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
    paths: Vec<String>,
    rust: Vec<SourceFile>,
}

impl Repository {
    /// Reads the repository this program belongs to: cargo says at run time where that is, since a checkout that has
    /// moved keeps its built programs.
    pub fn open() -> Result<Self> {
        let manifest =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).join("../..");
        let root = root.canonicalize().with_context(|| format!("no repository at {}", root.display()))?;
        let paths = listed_by_git(&root).or_else(|_| walked(&root))?;
        let mut rust = Vec::new();
        for path in paths.iter().filter(|path| is_rust(path)) {
            let text = std::fs::read_to_string(root.join(path)).with_context(|| path.clone())?;
            rust.push(SourceFile::new(path, text)?);
        }
        Ok(Self { root, paths, rust })
    }

    /// A repository of these files, for the tests of rules.
    pub fn of(files: &[(&str, &str)]) -> Result<Self> {
        let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let rust =
            files.iter().filter(|(path, _)| is_rust(path)).map(|(path, text)| SourceFile::new(path, *text));
        Ok(Self { root: PathBuf::new(), paths, rust: rust.collect::<Result<_>>()? })
    }

    /// Its root; empty for a repository made for a test.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every path git knows or would take, from the root, with `/` between the parts.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The Rust files.
    pub fn rust(&self) -> &[SourceFile] {
        &self.rust
    }

    /// A Rust file by its path.
    pub fn rust_file(&self, path: &str) -> Option<&SourceFile> {
        self.rust.iter().find(|file| file.path() == path)
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// Files in the index and new ones that are not ignored, so that a rule speaks before the commit and not after it.
fn listed_by_git(root: &Path) -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command.current_dir(root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let output = command.output().context("git does not run")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("a path is no UTF-8")?;
    let paths = text.split('\0').filter(|path| !path.is_empty() && root.join(path).is_file());
    let paths: Vec<String> = paths.map(ToOwned::to_owned).collect();
    if paths.is_empty() {
        bail!("git lists no files");
    }
    Ok(paths)
}

/// Every file below the root except what is built, for a copy of the sources without its history.
fn walked(root: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let is_built = path == Path::new("target") || path == Path::new(".git");
            if entry.file_type()?.is_dir() && !is_built {
                open.push(path);
            } else if entry.file_type()?.is_file() {
                paths.push(path.to_string_lossy().into_owned());
            }
        }
    }
    Ok(paths)
}
