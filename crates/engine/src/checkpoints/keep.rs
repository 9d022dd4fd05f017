//! Keeping files as they are, before a tool changes them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use headwater_protocol::Bytes;
use headwater_protocol::events::{FileBefore, Uncovered};
use headwater_protocol::views::{Checkpoint, Content, HeldFile};

use super::place::{Found, Root};
use super::watch::content;
use super::{CheckpointError, Checkpoints};

/// How many files are named where there may be many.
pub(super) const NAMED: usize = 8;

/// What a checkpoint took in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) files: Vec<FileBefore>,
    pub(crate) uncovered: Vec<Uncovered>,
}

impl Checkpoints {
    /// Keeps the files that a tool is about to change, as far as `held` does not hold them. An error means that one of
    /// them cannot be kept and so must not be changed.
    pub(crate) fn before_change(
        &self,
        paths: &[PathBuf],
        held: &Checkpoint,
    ) -> Result<Taken, CheckpointError> {
        let (root, mut taken) = (self.root()?, Taken::default());
        for asked in paths {
            match root.locate(asked) {
                Ok(path) if is_kept(&root, &path, held) => {}
                Ok(path) => match self.keep(&root, &path)? {
                    Ok(before) => taken.files.push(before),
                    Err(what) => taken.uncovered.push(one(format!("it is {what}"), path)),
                },
                Err(why) => taken.uncovered.push(one(why.to_owned(), asked.to_string_lossy().into_owned())),
            }
        }
        Ok(taken)
    }

    /// Keeps these files as they are now, before they are put back.
    pub(crate) fn keep_all(&self, files: &[HeldFile]) -> Result<Vec<FileBefore>, CheckpointError> {
        let root = self.root()?;
        let kept = files.iter().map(|file| self.keep(&root, &file.before.path));
        // What is no file any more is refused when it is to be put back.
        kept.filter_map(|kept| kept.map(Result::ok).transpose()).collect()
    }

    /// Keeps one file; the inner error says what is there instead of one.
    pub(super) fn keep(
        &self,
        root: &Root,
        path: &str,
    ) -> Result<Result<FileBefore, &'static str>, CheckpointError> {
        let failed = |source| CheckpointError::Keep { path: path.to_owned(), source };
        let before = |sha256, bytes, mode, missing_directories| FileBefore {
            path: path.to_owned(),
            sha256,
            bytes: Bytes(bytes),
            mode,
            missing_directories,
        };
        Ok(match root.look(path).map_err(failed)? {
            Found::Absent { missing_directories } => Ok(before(None, 0, None, missing_directories)),
            Found::File { file, metadata } => {
                let (sha256, length) = self.vault.keep(file).map_err(failed)?;
                Ok(before(Some(sha256), length, Some(metadata.permissions().mode() & 0o7777), 0))
            }
            Found::Other(what) => Err(what),
        })
    }
}

/// Whether the checkpoint has what the file holds now: it was kept since the last message of the person, and is as it was
/// then or as the last change left it.
pub(super) fn is_kept(root: &Root, path: &str, held: &Checkpoint) -> bool {
    let Some(version) = held.current(path) else { return false };
    let now = content(root, path);
    now.is_some() && (now == version.after || now == Some(Content::of(version.before.sha256.as_deref())))
}

fn one(why: String, path: String) -> Uncovered {
    Uncovered { why, paths: vec![path], count: 1 }
}

/// Many files that are not covered for one reason; `None` when there are none.
pub(super) fn many(why: impl Into<String>, paths: &[String]) -> Option<Uncovered> {
    let first: Vec<String> = paths.iter().take(NAMED).cloned().collect();
    let count = paths.len() as u64;
    (count > 0).then(|| Uncovered { why: why.into(), paths: first, count })
}
