//! What a trial left behind: the files of its workspace and its answer, kept to be compared.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use headwater_protocol::projection::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The file with the answer, beside the workspace.
pub(super) const ANSWER: &str = "answer.txt";
/// The directory with the files of the workspace.
pub(super) const WORKSPACE: &str = "workspace";
/// Larger files are known by their digest alone, in bytes.
const KEPT: u64 = 1 << 20;
/// How much of a file is read at once, in bytes.
const PIECE: usize = 1 << 16;

/// A file that was left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Artifact {
    /// Below the directory of the trial.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Keeps the answer and the regular files of the workspace, in the order of their names.
pub(super) fn keep(workspace: &Path, answer: &str, kept: &Path) -> Result<Vec<Artifact>> {
    std::fs::write(kept.join(ANSWER), format!("{}\n", answer.trim_end()))
        .with_context(|| format!("{} cannot be written", kept.join(ANSWER).display()))?;
    let mut artifacts = vec![described(kept, ANSWER)?];
    let mut names = Vec::new();
    list(workspace, Path::new(""), &mut names)?;
    names.sort();
    for name in names {
        let (from, path) = (workspace.join(&name), format!("{WORKSPACE}/{name}"));
        if from.metadata()?.len() > KEPT {
            artifacts.push(Artifact { path, ..described(workspace, &name)? });
            continue;
        }
        let to = kept.join(&path);
        std::fs::create_dir_all(to.parent().unwrap_or(kept))?;
        std::fs::copy(&from, &to).with_context(|| format!("{} cannot be kept", to.display()))?;
        artifacts.push(described(kept, &path)?);
    }
    Ok(artifacts)
}

fn described(directory: &Path, path: &str) -> Result<Artifact> {
    let (mut file, mut hasher) = (File::open(directory.join(path))?, Sha256::new());
    let (mut buffer, mut bytes) = (vec![0; PIECE], 0);
    loop {
        let length = file.read(&mut buffer)?;
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        hasher.update(piece);
        bytes += piece.len() as u64;
    }
    Ok(Artifact { path: path.to_owned(), bytes, sha256: hex(&hasher.finalize()) })
}

/// The regular files below a directory, links and repositories left out.
fn list(root: &Path, below: &Path, names: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (name, kind) = (below.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() && entry.file_name() != ".git" {
            list(root, &name, names)?;
        } else if kind.is_file() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
